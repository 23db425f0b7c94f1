// Package client talks to a node of the rollup, over HTTP or WebSocket.
//
//	c, err := client.Dial(ctx, "http://localhost:8645")
//	account, err := c.Account(ctx, 7)
//	result, err := c.SendTransfer(ctx, &signed)
//	if errors.Is(err, wire.ErrBalanceTooLow) { ... }
//
// Values are those of package wire (aggregator/api/wire). Errors that the node
// answers are *[wire.Error]s: errors.Is compares them with wire's sentinels and with
// the protocol's rejections, and RetryAfter says how long to wait where that helps.
//
// The package depends on nothing of the node's but package wire.
package client
