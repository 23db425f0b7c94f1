// Package signer signs layer-1 transactions, with keys that are where keys
// belong: in an encrypted key file ([OpenKeystore], [OpenKeyFile]) or with another process
// that guards them ([DialExternal]). [NewDev] holds a bare key, for tests and
// development chains.
//
// A password comes from a file, a file descriptor or a terminal. There is no
// way to pass one as a string, so none can come from a flag, an environment
// variable or a configuration file, where process lists, shell histories and
// backups would show it.
//
// What a signer returns is the transaction that it was given, with a signature
// of the account that it names: [Verify] sees to that for each of them.
package signer
