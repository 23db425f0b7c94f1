// Package receipt is the operator's word that a transfer was executed: which one,
// at what place in the order, in which batch, and when. It is given as soon as the
// transfer is durable, long before its batch is proven, and can be shown to others.
//
// A receipt is signed as EIP-712 typed data, so that wallets, other software and
// contracts can check it:
//
//	EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)
//	             "Quire"     "1"            layer 1's       the rollup
//	Receipt(bytes32 transfer,uint64 sequence,uint32 batch,uint64 time)
//
// transfer is the transfer's ID, sequence its place in the order of execution,
// and time in Unix milliseconds. The signature is r ‖ s ‖ v, 65 bytes, with v 27 or
// 28 and s in the lower half: a receipt has one encoding, and nobody without the
// key can make a second signature out of one.
//
// A receipt binds nobody by itself: it proves that the operator said so. Whether a
// batch has the transfer at that place is seen in what layer 1 publishes.
package receipt
