// Package wallet is a person's side of the rollup: how a layer-2 key comes from a
// layer-1 key, where both are kept, what has to be checked before something is
// signed, and a memory of what was.
//
// A layer-2 key is derived from a layer-1 signature over one fixed EIP-712 message
// ([KeyMessage], [DeriveSeed]): whoever has the layer-1 key, and nobody else, can
// derive it again. The layer-1 key lies in a file of go-ethereum's key store; a
// wallet file beside it has what is not secret, and the layer-2 seeds, encrypted,
// so that a payment does not need the layer-1 key.
//
// [Wallet.Sign] is the only thing here that makes a layer-2 signature. It refuses
// a second message for one nonce, a message that is valid for long, and amounts
// that cannot be published, and it has written down what it signs before it
// returns the signature.
//
// The package talks to no network. What it checks against (a commitment, the
// number of the last final batch) the caller reads from layer 1 itself.
// docs/wallet.md has every byte, and what each check is for.
package wallet
