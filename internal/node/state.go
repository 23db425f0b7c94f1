package node

import (
	"context"
	"math/big"
	"time"

	"github.com/quirezk/quire/internal/node/metrics"
)

// state is how the node stands, for its metrics.
func (n *Node) state() metrics.State {
	s := metrics.State{
		Summary: n.engine.Summary(), Layer1: n.feed.Status(), LaneReads: n.lanes.Reads(), Transactions: n.settler.InFlight(),
		Deadline: n.deployment.Times.Deadline, Ready: n.Ready() == nil,
	}
	s.FreeBytes, _ = n.disk.look()
	q, err := n.engine.Queue(1)
	if err != nil {
		n.logger.Warn("the queue's age is not known", "error", err)
	}
	for _, d := range q.Deposits {
		s.OldestQueued = older(s.OldestQueued, d.Time)
	}
	for _, x := range q.Exits {
		s.OldestQueued = older(s.OldestQueued, x.Time)
	}
	n.balanceMu.Lock()
	s.Balance = n.balance
	n.balanceMu.Unlock()
	return s
}

func older(t time.Time, seconds uint64) time.Time {
	if other := time.Unix(int64(seconds), 0); t.IsZero() || other.Before(t) {
		return other
	}
	return t
}

// readBalance asks for the operator's balance.
func (n *Node) readBalance(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, balanceEvery/2)
	defer cancel()
	wei, err := n.client.BalanceAt(ctx, n.operator, nil)
	if err != nil {
		n.logger.Debug("the operator's balance is not known", "error", err)
		return
	}
	ether, _ := new(big.Rat).SetFrac(wei, big.NewInt(1e18)).Float64()
	n.balanceMu.Lock()
	defer n.balanceMu.Unlock()
	n.balance = ether
}

// balanceEvery is how often the operator's balance is read.
const balanceEvery = time.Minute

// watchBalance asks for the operator's balance now and then.
func (n *Node) watchBalance(ctx context.Context) {
	ticker := time.NewTicker(balanceEvery)
	defer ticker.Stop()
	for {
		n.readBalance(ctx)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}
