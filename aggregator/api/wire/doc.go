// Package wire is the JSON of the node's interface: the values that its methods
// take and return, and its errors with their codes. The server (aggregator/api)
// and the client (aggregator/client) share it; it imports no database and no
// network.
//
// Forms: indices, tokens, nonces, batch and sequence numbers are JSON integers;
// times are integers too, in Unix milliseconds; amounts are strings of decimal
// digits, below 2^128, in a token's smallest unit; addresses are written with
// their checksum; IDs, hashes, field elements and signatures are strings of "0x"
// and hexadecimal digits. Digits and addresses are read in any case. What does
// not apply, or is not known yet, is left out.
//
// What a client sends is read strictly (see [Decode]): a field that is unknown,
// missing or given twice, or a value of another form, is an error that names the
// field and what was expected. What a server answers is read leniently, so that
// an old client understands a newer server.
//
// Each field says in its "doc" tag what it is; the OpenRPC document is made of
// these.
package wire
