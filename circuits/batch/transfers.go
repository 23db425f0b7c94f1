package batch

import (
	"github.com/consensys/gnark/frontend"

	"github.com/quirezk/quire/protocol"
)

// transfers constrains the transfer slots and returns the second and third
// message word of each, for its signature.
func (b *builder) transfers(c *Circuit) (count frontend.Variable, messages [][2]frontend.Variable, vector []frontend.Variable) {
	active := make([]frontend.Variable, len(c.Transfers))
	halves := make([]frontend.Variable, len(c.Transfers))
	messages = make([][2]frontend.Variable, len(c.Transfers))
	for i := range c.Transfers {
		t := &c.Transfers[i]
		active[i] = t.Active
		halves[i], messages[i] = b.transfer(t, TimeOfTransfer(c.shape, i), c.Number)
	}
	for i := 0; i < len(halves); i += protocol.TransfersPerElement {
		vector = append(vector, b.pack(8*protocol.TransferBytes, halves[i:i+protocol.TransfersPerElement]...))
	}
	return b.prefix(active), messages, vector
}

// transfer constrains one slot and returns its 13 published bytes as a number.
func (b *builder) transfer(t *TransferSlot, time int, number frontend.Variable) (published frontend.Variable, message [2]frontend.Variable) {
	api, arg := b.api, b.arg

	// The published form. Every part is range-checked, so that the packing is
	// injective; a padding slot publishes 0, hence all of its parts are 0.
	arg.Range(t.From, protocol.IndexBits)
	arg.Range(t.To, protocol.IndexBits)
	arg.Range(t.Mantissa, protocol.AmountMantissaBits)
	var feeMantissa frontend.Variable = 0
	var noFee frontend.Variable = 1
	for i, bit := range t.FeeMantissa {
		api.AssertIsBoolean(bit)
		feeMantissa = api.Add(feeMantissa, b.shift(bit, i))
		noFee = api.Mul(noFee, api.Sub(1, bit))
	}
	amountField := api.Add(b.shift(t.Mantissa, protocol.ExponentBits), t.Exponent)
	feeField := api.Add(b.shift(feeMantissa, protocol.ExponentBits), t.FeeExponent)
	published = api.Add(b.shift(t.From, 72), b.shift(t.To, 40), b.shift(amountField, 8), feeField)
	b.zeroUnless(t.Active, published)

	// To decides between a transfer and a withdrawal. credit and withdrawal
	// are bits: both are 0 in a padding slot.
	toNobody := api.IsZero(t.To)
	withdrawal := api.Mul(t.Active, toNobody)
	credit := api.Sub(t.Active, withdrawal)
	api.AssertIsEqual(api.Mul(withdrawal, amountField), 0)
	// A withdrawal takes out more than 0, and nothing else takes out anything.
	api.AssertIsEqual(api.Sub(1, api.IsZero(t.Withdrawn)), withdrawal)

	// A balance that is read was written before, and whatever is written is below
	// 2^128: an account row's first value, and what is checked here and in
	// layerOne. The floats are below 2^27·10^31 and 2^3·10^31, and Withdrawn below
	// 2^128 (the exit row that it equals), so neither difference nor sum wraps
	// modulo r: the debit is within the balance, and no credit reaches 2^128, just
	// as in protocol. Where nothing is credited, amount or fee is 0, and so is the
	// balance that the witness reads.
	amount := b.floats.Decode(t.Mantissa, t.Exponent)
	fee := b.floats.Decode(feeMantissa, t.FeeExponent)
	total := api.Add(amount, t.Withdrawn)
	left := api.Sub(t.Debit.Balance, total, fee)
	credited := api.Add(t.Credit.Balance, amount)
	collected := api.Add(t.FeeCredit.Balance, fee)
	arg.Range(left, protocol.BalanceBits)
	arg.Range(credited, protocol.BalanceBits)
	arg.Range(collected, protocol.BalanceBits)

	// Debit, credit, fee, in this order: a transfer to oneself and a fee
	// account that also trades need no special case.
	from := arg.Column(t.From)
	b.lookUp(t.Active, from, t.Fixed)
	b.memory.Access(t.Active, from, time, t.Debit.Age,
		b.value(1, t.Debit.Nonce, t.Debit.Balance, t.Token),
		b.value(1, api.Add(t.Debit.Nonce, 1), left, t.Token))
	b.memory.Access(credit, arg.Column(t.To), time+1, t.Credit.Age,
		b.value(1, t.Credit.Nonce, t.Credit.Balance, t.Token),
		b.value(1, t.Credit.Nonce, credited, t.Token))
	hasFee := api.Sub(1, noFee)
	feeIndex := arg.Column(t.FeeIndex)
	b.fees.Sub(hasFee, arg.Column(t.Token), feeIndex)
	b.memory.Access(hasFee, feeIndex, time+2, t.FeeCredit.Age,
		b.value(1, t.FeeCredit.Nonce, t.FeeCredit.Balance, t.Token),
		b.value(1, t.FeeCredit.Nonce, collected, t.Token))
	b.payOut(withdrawal, t.Withdrawn, t.Owner, t.Token)

	// What is signed. The nonce is below 2^40: it is read from memory, where
	// nonces only grow up to the one that the account row range-checks.
	arg.Range(t.ValidFor, protocol.BatchBits)
	validUntil := api.Add(t.ValidFor, number)
	// The amount stands highest: it is below 2^132 whatever the balances are,
	// so the packing is injective without any assumption on them.
	message[0] = api.Add(b.shift(total, 104), b.shift(t.From, 72), b.shift(t.To, 40), t.Debit.Nonce)
	message[1] = api.Add(b.shift(validUntil, protocol.BalanceBits), fee)
	return published, message
}
