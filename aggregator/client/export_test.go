package client

// DialTransport is Dial over a transport of the test's.
var DialTransport = dial
