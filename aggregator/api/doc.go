// Package api is the node's interface: JSON-RPC over HTTP and WebSocket, on
// go-ethereum's rpc package.
//
// It decodes, limits and describes; what is answered comes from a [Backend]. The
// JSON is package wire's, which clients share. docs/rpc.md is the interface for
// whoever uses it, docs/openrpc.json for programs: both name every method, and
// tests hold them to the code.
package api
