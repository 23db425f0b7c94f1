package txmgr

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/core/types"
)

// Run looks after all intents until ctx ends; the error is then nil. Trouble with
// the node is logged and tried again; only [ErrStoreFailed] and [ErrClosed] end
// it otherwise.
func (m *Manager) Run(ctx context.Context) error {
	ticker := time.NewTicker(m.cfg.PollInterval)
	defer ticker.Stop()
	var last string
	for {
		err := m.Poll(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, ErrStoreFailed), errors.Is(err, ErrClosed):
			return err
		case err == nil:
			last = ""
		case err.Error() != last: // once, not at every look
			last = err.Error()
			m.cfg.Logger.Warn("could not look after transactions; trying again", "error", err)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// Poll looks after every unsettled intent once: it settles what is final, sends
// again what the node forgot, and raises fees. [Manager.Run] calls it; it is here
// for a caller that keeps its own time.
func (m *Manager) Poll(ctx context.Context) error {
	done, err := m.use()
	if err != nil {
		return err
	}
	defer done()
	var errs []error
	for _, a := range m.accounts {
		errs = append(errs, a.poll(ctx))
	}
	return errors.Join(errs...)
}

// settle looks for what used an intent's nonce, and ends the intent where that
// is final.
func (a *account) settle(ctx context.Context, it *intent) error {
	for _, at := range slices.Backward(it.attempts) {
		receipt, err := a.m.cfg.Chain.TransactionReceipt(ctx, at.hash)
		if errors.Is(err, ethereum.NotFound) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read receipt of %s: %w", at.hash, err)
		}
		if receipt.TxHash != at.hash || receipt.BlockNumber == nil { // JSON-RPC's decoder lets that pass
			return fmt.Errorf("the layer-1 node gave a receipt for %s that is of another transaction, or of no block", at.hash)
		}
		return a.confirm(ctx, it, receipt)
	}
	return a.displaced(ctx, it)
}

// confirm counts a receipt's confirmations. The newest block is read after the
// receipt, and the receipt's block after that: if it is still there, the chain
// with these confirmations had it, whatever happened meanwhile.
func (a *account) confirm(ctx context.Context, it *intent, receipt *types.Receipt) error {
	chain := a.m.cfg.Chain
	head, err := chain.HeaderByNumber(ctx, nil)
	if err != nil {
		return fmt.Errorf("read layer 1's newest block: %w", err)
	}
	block, err := chain.HeaderByNumber(ctx, receipt.BlockNumber)
	if errors.Is(err, ethereum.NotFound) {
		return nil // a reorg: the next look will see
	}
	if err != nil {
		return fmt.Errorf("read block %d: %w", receipt.BlockNumber, err)
	}
	if block.Hash() != receipt.BlockHash || head.Number.Cmp(receipt.BlockNumber) < 0 {
		return nil // likewise
	}
	confirmations := new(big.Int).Sub(head.Number, receipt.BlockNumber).Uint64() + 1
	a.m.setMined(it, receipt.TxHash, confirmations)
	if confirmations < a.m.cfg.Confirmations {
		return nil
	}
	end := a.outcome(it, succeeded)
	if end.Receipt, err = json.Marshal(receipt); err != nil {
		return fmt.Errorf("encode receipt of %s: %w", receipt.TxHash, err)
	}
	if receipt.Status != types.ReceiptStatusSuccessful {
		end.Kind = reverted
		if end.RevertData, end.RevertText, err = a.replay(ctx, it, receipt); err != nil {
			return err
		}
	}
	return a.end(it, end)
}

// replay finds out why a transaction reverted: receipts do not say. The state is
// that before its block, or else that after it; where neither shows the cause,
// or the node no longer has them, there is only a text.
func (a *account) replay(ctx context.Context, it *intent, receipt *types.Receipt) (data []byte, text string, err error) {
	call := it.call(a.address)
	call.Gas = it.gas
	text = "execution reverted, with a cause that was gone after its block"
	for _, number := range []*big.Int{new(big.Int).Sub(receipt.BlockNumber, big.NewInt(1)), receipt.BlockNumber} {
		_, err := a.m.cfg.Chain.CallContract(ctx, call, number)
		if err == nil {
			continue
		}
		if data, ok := revertOf(err); ok {
			return data, err.Error(), nil
		}
		if !isAnswer(err) {
			return nil, "", fmt.Errorf("ask why %s reverted: %w", receipt.TxHash, err)
		}
		text = err.Error()
	}
	return nil, text, nil
}

// displaced ends an intent whose nonce something else used, once that is final.
// That no receipt is found is not enough: a node may be behind, or have thrown
// receipts away. The block that used the nonce has to be seen, without a
// transaction of the intent in it.
func (a *account) displaced(ctx context.Context, it *intent) error {
	chain := a.m.cfg.Chain
	head, err := chain.HeaderByNumber(ctx, nil)
	if err != nil {
		return fmt.Errorf("read layer 1's newest block: %w", err)
	}
	if head.Number.Uint64()+1 < a.m.cfg.Confirmations {
		return nil
	}
	final := head.Number.Uint64() + 1 - a.m.cfg.Confirmations
	used, err := a.used(ctx, it.nonce, final)
	if err != nil || !used {
		return err
	}
	number, err := a.usedAt(ctx, it, final)
	if err != nil {
		return err
	}
	block, err := chain.BlockByNumber(ctx, new(big.Int).SetUint64(number))
	if err != nil {
		return fmt.Errorf("read block %d: %w", number, err)
	}
	end := a.outcome(it, displaced)
	end.ByBlock = number
	rules := types.LatestSignerForChainID(a.m.chainID)
	for _, tx := range block.Transactions() {
		if slices.Contains(end.Hashes, tx.Hash()) {
			return nil // it is ours: the receipt will turn up
		}
		if from, err := types.Sender(rules, tx); err == nil && from == a.address && tx.Nonce() == it.nonce {
			end.By = tx.Hash()
		}
	}
	return a.end(it, end)
}

// used reports whether a nonce was used up as of a block.
func (a *account) used(ctx context.Context, nonce, block uint64) (bool, error) {
	next, err := a.m.cfg.Chain.NonceAt(ctx, a.address, new(big.Int).SetUint64(block))
	if err != nil {
		return false, fmt.Errorf("read the nonce of %s at block %d, to see what took nonce %d (an archive node has it): %w",
			a.address, block, nonce, err)
	}
	return next > nonce, nil
}

// usedAt returns the block that used an intent's nonce, which was used as of
// block last.
func (a *account) usedAt(ctx context.Context, it *intent, last uint64) (uint64, error) {
	// It was free when it was given, but the block then was young: a reorg may
	// have used it in an older one.
	first := min(it.block, last)
	for step := uint64(1); first > 0; step *= 2 {
		used, err := a.used(ctx, it.nonce, first)
		if err != nil {
			return 0, err
		}
		if !used {
			break
		}
		last = first
		first -= min(first, step)
	}
	// Free at first (or first is genesis), used at last.
	for first+1 < last {
		middle := first + (last-first)/2
		used, err := a.used(ctx, it.nonce, middle)
		if err != nil {
			return 0, err
		}
		if used {
			last = middle
		} else {
			first = middle
		}
	}
	return last, nil
}

// outcome begins the outcome of an intent.
func (a *account) outcome(it *intent, kind outcomeKind) *outcome {
	return &outcome{Kind: kind, Account: a.address, Nonce: it.nonce, Digest: it.digest, Hashes: it.hashes()}
}

// end settles an intent.
func (a *account) end(it *intent, o *outcome) error {
	if err := a.m.write(func() error { return a.m.journal.settle(it.Key, o) }); err != nil {
		return err
	}
	a.m.mu.Lock()
	a.open = slices.DeleteFunc(a.open, func(other *intent) bool { return other == it })
	delete(a.m.open, it.Key)
	a.m.mu.Unlock()
	close(it.settled)
	log := a.m.log(it)
	switch o.Kind {
	case succeeded:
		log.Info("transaction is final", "mined", it.mined)
	case reverted:
		log.Warn("transaction is final and reverted", "mined", it.mined, "reason", a.m.cfg.reason(o.RevertData, o.RevertText))
	case displaced:
		log.Warn("transaction can never be included: its nonce was used otherwise", "by", o.By, "block", o.ByBlock)
	}
	return nil
}
