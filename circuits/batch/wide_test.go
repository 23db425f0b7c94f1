package batch_test

import (
	"testing"

	"github.com/quirezk/quire/circuits/batch"
)

// TestWideValues puts x + 2^n into every slot of n bits, where no honest slot
// can show it.
func TestWideValues(t *testing.T) {
	type slot struct {
		name string
		bits int
		at   func(*batch.Circuit) pointer
	}
	slots := []slot{
		{"opening index", 32, func(c *batch.Circuit) pointer { return &c.Openings[0].Index }},
		{"opening token", 32, func(c *batch.Circuit) pointer { return &c.Openings[0].Token }},
		{"opening owner", 160, func(c *batch.Circuit) pointer { return &c.Openings[0].Owner }},
		{"padding opening index", 32, func(c *batch.Circuit) pointer { return &c.Openings[1].Index }},
		{"layer-1 index", 32, func(c *batch.Circuit) pointer { return &c.LayerOne[0].Index }},
		{"layer-1 sender", 160, func(c *batch.Circuit) pointer { return &c.LayerOne[1].Sender }},
		{"layer-1 token", 32, func(c *batch.Circuit) pointer { return &c.LayerOne[0].Token }},
		{"layer-1 owner", 160, func(c *batch.Circuit) pointer { return &c.LayerOne[0].Owner }},
		{"layer-1 amount", 128, func(c *batch.Circuit) pointer { return &c.LayerOne[0].Amount }},
		{"layer-1 exists", 1, func(c *batch.Circuit) pointer { return &c.LayerOne[0].Exists }},
		{"fee token", 32, func(c *batch.Circuit) pointer { return &c.Fees[0].Token }},
		{"fee index", 32, func(c *batch.Circuit) pointer { return &c.Fees[0].Index }},
		{"exit owner", 160, func(c *batch.Circuit) pointer { return &c.Exits[0].Owner }},
		{"exit token", 32, func(c *batch.Circuit) pointer { return &c.Exits[0].Token }},
		{"exit amount", 128, func(c *batch.Circuit) pointer { return &c.Exits[0].Amount }},
		{"padding exit amount", 128, func(c *batch.Circuit) pointer { return &c.Exits[3].Amount }},
		{"transfer from", 32, func(c *batch.Circuit) pointer { return &c.Transfers[0].From }},
		{"transfer to", 32, func(c *batch.Circuit) pointer { return &c.Transfers[0].To }},
		{"transfer fee index", 32, func(c *batch.Circuit) pointer { return &c.Transfers[0].FeeIndex }},
		{"transfer token", 32, func(c *batch.Circuit) pointer { return &c.Transfers[0].Token }},
		{"transfer mantissa", 27, func(c *batch.Circuit) pointer { return &c.Transfers[0].Mantissa }},
		{"transfer exponent", 5, func(c *batch.Circuit) pointer { return &c.Transfers[0].Exponent }},
		{"transfer fee exponent", 5, func(c *batch.Circuit) pointer { return &c.Transfers[0].FeeExponent }},
		{"transfer expiry", 32, func(c *batch.Circuit) pointer { return &c.Transfers[0].ValidFor }},
		{"transfer nonce", 40, func(c *batch.Circuit) pointer { return &c.Transfers[0].Debit.Nonce }},
		{"transfer balance", 128, func(c *batch.Circuit) pointer { return &c.Transfers[0].Debit.Balance }},
		{"withdrawn", 128, func(c *batch.Circuit) pointer { return &c.Transfers[1].Withdrawn }},
		{"account index", 32, func(c *batch.Circuit) pointer { return &c.Accounts[0].Index }},
		{"account owner", 160, func(c *batch.Circuit) pointer { return &c.Accounts[0].Owner }},
		{"account token", 32, func(c *batch.Circuit) pointer { return &c.Accounts[0].Token }},
		{"account old nonce", 40, func(c *batch.Circuit) pointer { return &c.Accounts[0].OldNonce }},
		{"account new nonce", 40, func(c *batch.Circuit) pointer { return &c.Accounts[0].NewNonce }},
		{"account old balance", 128, func(c *batch.Circuit) pointer { return &c.Accounts[0].OldBalance }},
		{"account new balance", 128, func(c *batch.Circuit) pointer { return &c.Accounts[0].NewBalance }},
		// In rows that are not in use nothing but the range check sees the value.
		{"padding account owner", 160, func(c *batch.Circuit) pointer { return &c.Accounts[7].Owner }},
		{"padding account token", 32, func(c *batch.Circuit) pointer { return &c.Accounts[7].Token }},
		{"padding fee token", 32, func(c *batch.Circuit) pointer { return &c.Fees[1].Token }},
		{"padding fee index", 32, func(c *batch.Circuit) pointer { return &c.Fees[1].Index }},
		{"padding exit owner", 160, func(c *batch.Circuit) pointer { return &c.Exits[3].Owner }},
		{"padding exit token", 32, func(c *batch.Circuit) pointer { return &c.Exits[3].Token }},
	}
	stages := []func(*prover, func(*batch.Circuit)){
		func(p *prover, f func(*batch.Circuit)) { p.slots = f },
		func(p *prover, f func(*batch.Circuit)) { p.rows = f },
		func(p *prover, f func(*batch.Circuit)) { p.memory = f },
		func(p *prover, f func(*batch.Circuit)) { p.bound = func(c *batch.Circuit) { f(c); p.rebind() } },
	}
	for _, s := range slots {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			w, b := example()
			p := newProver(t, w)
			p.resign = true
			before := el(*s.at(p.prove(b)))
			widened := 0
			for _, set := range stages {
				p := newProver(t, w)
				p.resign = true
				set(p, func(c *batch.Circuit) { v := s.at(c); *v = above(*v, s.bits) })
				c := p.prove(b)
				if el(*s.at(c)) == before {
					continue // a later stage fills this in
				}
				widened++
				if report := solve(t, c); report.Satisfied() {
					t.Error("the circuit accepts it")
				}
			}
			if widened == 0 {
				t.Error("the value never got into the assignment")
			}
		})
	}
}
