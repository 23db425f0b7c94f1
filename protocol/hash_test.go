package protocol

import (
	"math/big"
	"strings"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"pgregory.net/rapid"
)

func small(n uint64) (e fr.Element) {
	e.SetUint64(n)
	return e
}

// The permutation of (0, 1, 2, 3), as Barretenberg and Noir have it too.
func TestPermutationKnownAnswer(t *testing.T) {
	s := [4]fr.Element{small(0), small(1), small(2), small(3)}
	Permute4(&s)
	const want = "01bd538c2ee014ed5141b29e9ae240bf8db3fe5b9a38629a9647cf8d76c01737"
	if b := s[0].Bytes(); new(big.Int).SetBytes(b[:]).Cmp(bigHex(want)) != 0 {
		t.Errorf("%x, want %s", b, want)
	}
}

func bigHex(s string) *big.Int {
	n, ok := new(big.Int).SetString(s, 16)
	if !ok {
		panic(s)
	}
	return n
}

func TestCompressionFeedsForward(t *testing.T) {
	in := [4]fr.Element{testElement("a"), testElement("b"), testElement("c"), testElement("d")}
	out := in
	Permute4(&out)
	out[0].Add(&out[0], &in[0])
	if H4(in[0], in[1], in[2], in[3]) != out[0] {
		t.Error("H4 is not the permutation's first word plus the first input")
	}
}

func TestChain(t *testing.T) {
	initial := testElement("initial")
	words := make([]fr.Element, 15)
	for i := range words {
		words[i] = small(uint64(i + 1))
	}
	if Chain(initial, nil) != initial {
		t.Error("a chain of nothing is not its initial word")
	}
	one := H8([8]fr.Element{initial, words[0]})
	if Chain(initial, words[:1]) != one {
		t.Error("a chain of one word")
	}
	seven := H8([8]fr.Element(append([]fr.Element{initial}, words[:7]...)))
	if Chain(initial, words[:7]) != seven {
		t.Error("a chain of seven words is not one hash")
	}
	fourteen := H8([8]fr.Element(append([]fr.Element{seven}, words[7:14]...)))
	if Chain(initial, words[:14]) != fourteen {
		t.Error("a chain of fourteen words is not two hashes")
	}
	if Chain(initial, words) != H8([8]fr.Element{fourteen, words[14]}) {
		t.Error("a chain of fifteen words is not three hashes")
	}
}

func TestTags(t *testing.T) {
	if want := new(big.Int).SetBytes([]byte("quire/state")); TagState.BigInt(new(big.Int)).Cmp(want) != 0 {
		t.Error("a tag is not its ASCII string as a big-endian integer")
	}
	seen := make(map[fr.Element]bool)
	for _, tag := range []fr.Element{TagState, TagTransfer, TagTranscript, TagZ, TagBind, TagCircuit, TagChallenge} {
		if seen[tag] {
			t.Errorf("tag %s is used twice", tag.Text(16))
		}
		seen[tag] = true
	}
}

func TestEmptyHashes(t *testing.T) {
	h := EmptyHashes()
	if !h[TreeDepth].IsZero() {
		t.Error("an absent leaf is not 0")
	}
	for level := range TreeDepth {
		if c := h[level+1]; h[level] != H4(c, c, c, c) {
			t.Errorf("level %d", level)
		}
	}
	h[0] = fr.One()
	if next := EmptyHashes(); next[0] == h[0] {
		t.Error("a caller can change the hashes")
	}
	rollupID := testElement("rollup")
	if GenesisCommitment(rollupID) != H4(EmptyHashes()[0], rollupID, fr.Element{}, TagState) {
		t.Error("genesis commitment")
	}
}

// Leaf packs by bytes; the written form is a sum.
func TestLeafIsTheWrittenForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Account{
			Key: testKey("1").Public(), Token: Token(rapid.Uint32().Draw(t, "token")),
			Nonce: rapid.Uint64Range(0, MaxNonce).Draw(t, "nonce"),
		}
		copy(a.Owner[:], rapid.SliceOfN(rapid.Byte(), 20, 20).Draw(t, "owner"))
		a.Balance.SetBytes(rapid.SliceOfN(rapid.Byte(), 0, 16).Draw(t, "balance"))
		sum := new(big.Int).SetBytes(a.Owner[:])
		sum.Lsh(sum, TokenBits).Add(sum, big.NewInt(int64(a.Token)))
		sum.Lsh(sum, NonceBits).Add(sum, new(big.Int).SetUint64(a.Nonce))
		var packed, balance fr.Element
		packed.SetBigInt(sum)
		balance.SetBigInt(a.Balance.ToBig())
		if a.Leaf() != H4(a.Key.X, a.Key.Y, packed, balance) {
			t.Errorf("leaf of %+v", a)
		}
	})
}

func TestShapeValidate(t *testing.T) {
	good := Shape{Name: "s", Openings: 1, LayerOne: 2, FeeAccounts: 1, Exits: 2, Transfers: 2, Accounts: 4, Nodes: 40}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		edit func(*Shape)
		want string
	}{
		"openings":         {func(s *Shape) { s.Openings = -1 }, "must not be negative"},
		"layer-1":          {func(s *Shape) { s.LayerOne = -1 }, "must not be negative"},
		"no fee accounts":  {func(s *Shape) { s.FeeAccounts = 0 }, "at least 1"},
		"no transfers":     {func(s *Shape) { s.Transfers = 0 }, "at least 2"},
		"odd transfers":    {func(s *Shape) { s.Transfers = 3 }, "must be even"},
		"too few exits":    {func(s *Shape) { s.Exits = 1 }, "1 exits cannot hold 2"},
		"too few accounts": {func(s *Shape) { s.Accounts = 1 }, "1 accounts cannot hold 2"},
		"too few nodes":    {func(s *Shape) { s.Nodes = WorstCaseNodes(2) - 1 }, "nodes cannot hold 2"},
	} {
		s := good
		c.edit(&s)
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestShapeIDSeparatesCapacities(t *testing.T) {
	base := Shape{Openings: 1, LayerOne: 2, FeeAccounts: 3, Exits: 4, Transfers: 6, Accounts: 7, Nodes: 8}
	ids := map[fr.Element]bool{base.ID(): true}
	for _, field := range []func(*Shape) *int{
		func(s *Shape) *int { return &s.Openings }, func(s *Shape) *int { return &s.LayerOne },
		func(s *Shape) *int { return &s.FeeAccounts }, func(s *Shape) *int { return &s.Exits },
		func(s *Shape) *int { return &s.Transfers }, func(s *Shape) *int { return &s.Accounts },
		func(s *Shape) *int { return &s.Nodes },
	} {
		s := base
		*field(&s)++
		ids[s.ID()] = true
	}
	if len(ids) != 8 {
		t.Errorf("8 shapes have %d IDs", len(ids))
	}
	named := base
	named.Name = "another name"
	if named.ID() != base.ID() {
		t.Error("the name is part of the ID")
	}
}

func TestSectionNames(t *testing.T) {
	var names []string
	for s := SectionOpening; s <= SectionTransfer+1; s++ {
		names = append(names, s.String())
	}
	if got := strings.Join(names, ", "); got != "opening, deposit, forced exit, fee account, exit, transfer, section 6" {
		t.Error(got)
	}
}
