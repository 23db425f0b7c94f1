package exits

import (
	"context"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"

	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/protocol"
)

// Claimed is what an owner was paid.
type Claimed struct {
	Value
	Transaction Transaction `json:"transaction"`
}

// Claim pays an owner what is credited to them: in one token, or, where token is
// nil, in every one. Anybody may pay for the transactions. A token that cannot be
// paid does not keep the others: what was paid is returned with the error.
//
// Errors: [ErrTokenUnknown], [ErrNothingClaimable], a [*l1submit.RevertError].
func (s *Session) Claim(ctx context.Context, tx l1submit.Transactor, token *protocol.Token, owner common.Address) ([]Claimed, error) {
	credits, err := s.claimable(ctx, s.rollup, owner)
	if err != nil {
		return nil, err
	}
	if token != nil {
		if int64(*token) >= int64(len(credits)) {
			return nil, fmt.Errorf("%w: number %d, the rollup has 0 to %d", ErrTokenUnknown, *token, len(credits)-1)
		}
		credits = credits[*token : *token+1]
	}
	var claimed []Claimed
	var failures []error
	waiting := 0
	for _, c := range credits {
		if c.Amount == "0" {
			continue
		}
		waiting++
		receipt, err := s.rollup.Claim(ctx, tx, c.Token, owner)
		if err != nil {
			failures = append(failures, fmt.Errorf("token %d: %w", c.Token, err))
			if !Refused(err) { // the node, the signer or the context: the next will fare no better
				break
			}
			continue
		}
		claimed = append(claimed, Claimed{Value: c.Value, Transaction: transaction(receipt)})
	}
	switch {
	case waiting > 0:
		return claimed, errors.Join(failures...)
	case token != nil:
		return nil, fmt.Errorf("%w to %s in token %d", ErrNothingClaimable, owner, *token)
	default:
		return nil, fmt.Errorf("%w to %s in any of the %d tokens", ErrNothingClaimable, owner, len(credits))
	}
}

// Credit is what an owner can claim in a token.
type Credit struct {
	Value
	Contract common.Address `json:"contract"` // of the token; zero for ether
}

// claimable returns what is credited to an owner, of every token.
func (s *Session) claimable(ctx context.Context, at *l1submit.Rollup, owner common.Address) ([]Credit, error) {
	tokens, err := at.Tokens(ctx)
	if err != nil {
		return nil, err
	}
	credits := make([]Credit, len(tokens))
	for i, t := range tokens {
		amount, err := at.Claimable(ctx, t.Number, owner)
		if err != nil {
			return nil, err
		}
		credits[i] = Credit{Value{Token: t.Number, Amount: amount.String()}, t.Contract}
	}
	return credits, nil
}
