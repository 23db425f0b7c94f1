package l1submit

import (
	"errors"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fp"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/quirezk/quire/internal/standin"
	"github.com/quirezk/quire/l1submit/bindings"
)

// word is one 32-byte word of a call, perhaps not below any field's order.
type word = [32]byte

// statement is a proof and its public inputs as words: what a call consists of.
type statement struct {
	proof  [proofWords]word
	inputs [PublicInputs]word
}

// verifiers are our contract and gnark's own export, with the same key.
type verifiers struct {
	chain       *DevChain
	prover      *standin.Prover
	ours, gnark common.Address
	gnarkABI    abi.ABI
	deployGas   [2]uint64 // ours, gnark's
}

func newVerifiers(tb testing.TB) *verifiers {
	tb.Helper()
	v := &verifiers{chain: newDevChain(tb, 1), prover: newProver(tb)}
	from := sender(v.chain, 0)
	address, receipt, err := DeployVerifier(tb.Context(), v.chain.Chain, from, v.prover.VerifyingKey)
	if err != nil {
		tb.Fatal(err)
	}
	v.ours, v.deployGas[0] = address, receipt.GasUsed

	code, err := standin.GnarkVerifier()
	if err != nil {
		tb.Fatal(err)
	}
	if receipt, err = from.Send(tb.Context(), creation(code, nil)); err != nil {
		tb.Fatal(err)
	}
	v.gnark, v.deployGas[1] = receipt.ContractAddress, receipt.GasUsed
	v.gnarkABI, err = abi.JSON(strings.NewReader(
		`[{"type":"function","name":"verifyProof","inputs":[{"type":"bytes"},{"type":"uint256[3]"}]}]`))
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// newStatement proves a statement.
func (v *verifiers) newStatement(tb testing.TB, inputs [PublicInputs]fr.Element) (s statement) {
	tb.Helper()
	proof := prove(tb, v.prover, inputs)
	for i := range s.proof {
		s.proof[i] = word(proof[32*i:])
	}
	for i := range s.inputs {
		s.inputs[i] = inputs[i].Bytes()
	}
	return s
}

// oursCall and gnarkCall encode the calls.
func (v *verifiers) oursCall(s *statement) []byte {
	call := bindings.NewGroth16Verifier().GetABI().Methods["verify"].ID
	call = slices.Clone(call)
	for _, w := range s.proof {
		call = append(call, w[:]...)
	}
	for _, w := range s.inputs {
		call = append(call, w[:]...)
	}
	return call
}

func (v *verifiers) gnarkCall(tb testing.TB, s *statement) []byte {
	tb.Helper()
	var proof []byte
	for _, w := range s.proof {
		proof = append(proof, w[:]...)
	}
	var inputs [PublicInputs]*big.Int
	for i := range inputs {
		inputs[i] = new(big.Int).SetBytes(s.inputs[i][:])
	}
	call, err := v.gnarkABI.Pack("verifyProof", proof, inputs)
	if err != nil {
		tb.Fatal(err)
	}
	return call
}

// call runs a call with gas for one verification and a refusal, so that the
// gas that a refusing precompile burns does not hide the error.
func (v *verifiers) call(tb testing.TB, to common.Address, data []byte) ([]byte, error) {
	tb.Helper()
	out, err := v.chain.Client().CallContract(tb.Context(), ethereum.CallMsg{To: &to, Data: data, Gas: 1_500_000}, nil)
	return out, RevertOf(err)
}

// verify returns what our contract says, having checked that it is true or a
// revert with a reason, and that gnark's says the same.
func (v *verifiers) verify(tb testing.TB, s *statement) error {
	tb.Helper()
	out, err := v.call(tb, v.ours, v.oursCall(s))
	var revert *RevertError
	switch {
	case err == nil:
		if valid, err := bindings.NewGroth16Verifier().UnpackVerify(out); err != nil || !valid {
			tb.Fatalf("returned %x without reverting", out)
		}
	case !errors.As(err, &revert):
		tb.Fatal(err)
	}
	if _, gnarkErr := v.call(tb, v.gnark, v.gnarkCall(tb, s)); (gnarkErr == nil) != (err == nil) {
		tb.Fatalf("ours says %v, gnark's %v", err, gnarkErr)
	}
	return err
}

// refused fails the test unless our contract refuses with an error of type T.
func refused[T any](tb testing.TB, v *verifiers, what string, s *statement) {
	tb.Helper()
	err := v.verify(tb, s)
	if err == nil {
		tb.Fatalf("%s: accepted", what)
	}
	var revert *RevertError
	if _, ok := errorAs(err, &revert).Reason.(*T); !ok {
		tb.Fatalf("%s: %v", what, err)
	}
}

// errorAs is errors.As for an error that is known to match.
func errorAs(err error, revert **RevertError) *RevertError {
	if !errors.As(err, revert) {
		return &RevertError{cause: err}
	}
	return *revert
}

type (
	proofInvalid   = bindings.Groth16VerifierProofInvalid
	inputUnreduced = bindings.Groth16VerifierPublicInputNotReduced
)

// plusMultiples returns w + k·m for every k > 0 for which that fits a word.
func plusMultiples(w word, m *big.Int) (out []word) {
	n := new(big.Int).SetBytes(w[:])
	for n.Add(n, m); n.BitLen() <= 256; n.Add(n, m) {
		out = append(out, word(n.FillBytes(make([]byte, 32))))
	}
	return out
}

// plus returns w + d modulo 2^256.
func plus(w word, d int64) word {
	n := new(big.Int).SetBytes(w[:])
	n.Add(n, big.NewInt(d))
	n.And(n, new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1)))
	return word(n.FillBytes(make([]byte, 32)))
}

func TestVerifierAcceptsWhatGnarkAccepts(t *testing.T) {
	v := newVerifiers(t)
	minusOne := fr.NewElement(1)
	minusOne.Neg(&minusOne)
	cases := [][PublicInputs]fr.Element{{}, {minusOne, minusOne, minusOne}, elements(7)}
	rng := rand.New(rand.NewPCG(1, 4))
	for range 20 {
		var inputs [PublicInputs]fr.Element
		for i := range inputs {
			inputs[i] = randomElement(rng)
		}
		cases = append(cases, inputs)
	}
	for _, inputs := range cases {
		s := v.newStatement(t, inputs)
		if err := v.verify(t, &s); err != nil {
			t.Errorf("proof of %v: %v", inputs, err)
		}
		// The same proof for other inputs, which are all provable.
		for i := range s.inputs {
			other := s
			other.inputs[i] = plus(s.inputs[i], -1)
			if other.inputs[i] == plus(word{}, -1) { // below 0
				other.inputs[i] = plus(s.inputs[i], 1)
			}
			refused[proofInvalid](t, v, "another public input", &other)
		}
	}
}

// Every word of the call changed in every way that has broken a verifier
// somewhere (hazards: x + k·r, zero, infinity), against the deployed bytecode.
func TestVerifierRefusesMutations(t *testing.T) {
	v := newVerifiers(t)
	valid := v.newStatement(t, elements(1_000))
	for i := range valid.inputs {
		for _, w := range plusMultiples(valid.inputs[i], fr.Modulus()) {
			s := valid
			s.inputs[i] = w
			refused[inputUnreduced](t, v, "x + k·r", &s)
		}
		for _, w := range []word{{}, plus(valid.inputs[i], 1), plus(valid.inputs[i], -1)} {
			s := valid
			s.inputs[i] = w
			refused[proofInvalid](t, v, "another public input", &s)
		}
		for _, w := range []word{plus(word{}, -1), word(fr.Modulus().FillBytes(make([]byte, 32)))} {
			s := valid
			s.inputs[i] = w
			refused[inputUnreduced](t, v, "a large public input", &s)
		}
	}
	for i := range valid.proof {
		words := plusMultiples(valid.proof[i], fp.Modulus())
		words = append(words, word{}, plus(word{}, 1), plus(word{}, -1), plus(valid.proof[i], 1), plus(valid.proof[i], -1),
			word(fp.Modulus().FillBytes(make([]byte, 32))))
		var negative fp.Element
		negative.SetBytes(valid.proof[i][:])
		negative.Neg(&negative)
		words = append(words, negative.Bytes())
		for bit := range 256 {
			w := valid.proof[i]
			w[bit/8] ^= 1 << (bit % 8)
			if bit%16 == i { // each bit once over the words of a point or two
				words = append(words, w)
			}
		}
		for _, w := range words {
			if w == valid.proof[i] {
				continue
			}
			s := valid
			s.proof[i] = w
			refused[proofInvalid](t, v, "a proof word changed", &s)
		}
	}
}

// points are where each point of a proof lies, in words.
var points = []struct {
	name        string
	first, size int
}{{"A", 0, 2}, {"B", 2, 4}, {"C", 6, 2}, {"commitment", 8, 2}, {"knowledge", 10, 2}}

func TestVerifierRefusesOtherPoints(t *testing.T) {
	v := newVerifiers(t)
	first, second := v.newStatement(t, elements(1)), v.newStatement(t, elements(1))
	other := v.newStatement(t, elements(5))
	g1 := []word{plus(word{}, 1), plus(word{}, 2)}
	for set := 1; set < 1<<len(points)-1; set++ {
		// Points at infinity, the same statement's other proof, another
		// statement's proof: any choice of points but all of them.
		infinity, mixed, swapped := first, first, first
		for i, p := range points {
			if set>>i&1 == 0 {
				continue
			}
			for j := p.first; j < p.first+p.size; j++ {
				infinity.proof[j] = word{}
				mixed.proof[j] = second.proof[j]
				swapped.proof[j] = other.proof[j]
			}
		}
		refused[proofInvalid](t, v, "points at infinity", &infinity)
		refused[proofInvalid](t, v, "two proofs mixed", &mixed)
		refused[proofInvalid](t, v, "points of another proof", &swapped)
	}
	all := first
	all.proof = [proofWords]word{}
	refused[proofInvalid](t, v, "all points at infinity", &all)
	for _, p := range points {
		if p.size != 2 {
			continue
		}
		s := first
		copy(s.proof[p.first:], g1)
		refused[proofInvalid](t, v, p.name+" the generator", &s)
		// −P: the right x, on the curve.
		s = first
		var y fp.Element
		y.SetBytes(s.proof[p.first+1][:])
		y.Neg(&y)
		s.proof[p.first+1] = y.Bytes()
		refused[proofInvalid](t, v, p.name+" negated", &s)
	}
	// Another proof's commitment with its own proof of knowledge: the second
	// equation holds, the first does not.
	s := first
	copy(s.proof[8:], other.proof[8:12])
	refused[proofInvalid](t, v, "commitment with knowledge of another proof", &s)
}

func TestVerifierRefusesOtherLengths(t *testing.T) {
	v := newVerifiers(t)
	s := v.newStatement(t, elements(1))
	call := v.oursCall(&s)
	for n := range len(call) {
		if n%32 > 5 && n%32 < 30 { // lengths beside whole words, with and without the selector
			continue
		}
		if _, err := v.call(t, v.ours, call[:n]); err == nil {
			t.Fatalf("%d bytes of calldata accepted", n)
		}
	}
	for _, extra := range []int{1, 31, 32, 33, 1024} {
		_, err := v.call(t, v.ours, append(slices.Clone(call), make([]byte, extra)...))
		var revert *RevertError
		length, ok := errorAs(err, &revert).Reason.(*bindings.Groth16VerifierCalldataLength)
		if !ok {
			t.Fatalf("%d bytes more: %v", extra, err)
		}
		if length.Length.Int64() != int64(len(call)+extra) {
			t.Errorf("error tells of %v bytes, not %d", length.Length, len(call)+extra)
		}
	}
}

func TestVerifyOnChain(t *testing.T) {
	v := newVerifiers(t)
	inputs := elements(3)
	proof := prove(t, v.prover, inputs)
	if err := VerifyOnChain(t.Context(), v.chain.Chain, v.ours, proof, inputs); err != nil {
		t.Error(err)
	}
	var revert *RevertError
	err := VerifyOnChain(t.Context(), v.chain.Chain, v.ours, proof, elements(4))
	if _, ok := errorAs(err, &revert).Reason.(*proofInvalid); !ok {
		t.Errorf("another statement: %v", err)
	}
	for _, n := range []int{0, ProofLength - 64, ProofLength - 1} {
		if err := VerifyOnChain(t.Context(), v.chain.Chain, v.ours, proof[:n], inputs); !errors.Is(err, ErrProofLength) {
			t.Errorf("%d bytes: got %v, want %v", n, err, ErrProofLength)
		}
	}
	if err := VerifyOnChain(t.Context(), v.chain.Chain, common.Address{1}, proof, inputs); err == nil {
		t.Error("an address without code verified a proof")
	}
}

func TestCheckVerifier(t *testing.T) {
	v := newVerifiers(t)
	check := func(address common.Address, prover *standin.Prover) error {
		return CheckVerifier(t.Context(), v.chain.Chain, address, prover.VerifyingKey)
	}
	if err := check(v.ours, v.prover); err != nil {
		t.Error(err)
	}
	other, err := standin.Setup()
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"another key":      check(v.ours, other),
		"gnark's contract": check(v.gnark, v.prover),
		"no contract":      check(common.Address{1}, v.prover),
	} {
		if !errors.Is(err, ErrNotVerifier) {
			t.Errorf("%s: got %v, want %v", name, err, ErrNotVerifier)
		}
	}
}

// gasOfCall runs a call in a transaction and returns what the execution cost,
// without the transaction's base price and that of its calldata.
func (v *verifiers) gasOfCall(tb testing.TB, to common.Address, call []byte) uint64 {
	tb.Helper()
	receipt, err := sender(v.chain, 0).Send(tb.Context(), Call{To: &to, Data: call})
	if err != nil {
		tb.Fatal(err)
	}
	return receipt.GasUsed - intrinsicGas(call)
}

// intrinsicGas is 21,000 and 4 or 16 for each byte of calldata.
func intrinsicGas(call []byte) uint64 {
	gas := uint64(21_000)
	for _, b := range call {
		if b == 0 {
			gas += 4
		} else {
			gas += 16
		}
	}
	return gas
}

// One generic contract costs no more than gnark's hard-coded one, per proof and
// per deployment: that is why there is only one.
func TestVerifierCostsLessThanGnarks(t *testing.T) {
	v := newVerifiers(t)
	s := v.newStatement(t, elements(1))
	ours := v.gasOfCall(t, v.ours, v.oursCall(&s))
	gnarks := v.gasOfCall(t, v.gnark, v.gnarkCall(t, &s))
	t.Logf("a proof: %d gas, gnark's %d; a deployment: %d gas, gnark's %d", ours, gnarks, v.deployGas[0], v.deployGas[1])
	if ours >= gnarks {
		t.Errorf("verification costs %d gas, gnark's %d", ours, gnarks)
	}
	if v.deployGas[0] >= v.deployGas[1] {
		t.Errorf("deployment costs %d gas, gnark's %d", v.deployGas[0], v.deployGas[1])
	}
}
