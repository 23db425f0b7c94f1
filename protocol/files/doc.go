// Package files reads and writes the JSON files that people and tools exchange:
// states, signed transfers and batches.
//
// Reading is strict. A field that is unknown, missing or given twice, a number
// out of its range, a form other than the one that is written, and anything
// after the end are errors, and each names the line, the entry and what was
// expected ([*SyntaxError]). What a file says is not judged here: whether
// operations are valid is package protocol's matter.
//
// Forms: indices, tokens, nonces and batch numbers are JSON integers; amounts
// are strings of decimal digits, below 2^128; field elements, owners and
// signatures are strings of "0x" and 64, 40 and 128 lower-case hexadecimal
// digits, field elements below the modulus. Every file begins with its format,
// which ends in a version; a change of the format changes the version.
//
// A file holds one entry per line, so that differences between files are
// legible. A state, with its field elements cut short here:
//
//	{
//	  "format": "quire/state/1",
//	  "rollupID": "0x2f…",
//	  "batchNumber": 1,
//	  "accounts": [
//	    {"index":7,"key":{"x":"0x01…","y":"0x1c…"},"owner":"0x9e…","token":0,"nonce":0,"balance":"1000"}
//	  ]
//	}
package files
