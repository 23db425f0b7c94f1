package wallet

import (
	"context"
	"crypto/ecdsa"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
	"pgregory.net/rapid"

	"github.com/quirezk/quire/internal/golden"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/protocol/files"
)

//go:generate go test -run TestVectors -update .

// vector is one layer-2 key, from the layer-1 key on.
type vector struct {
	LayerOneKey string `json:"layerOneKey"`
	Address     string `json:"address"`
	ChainID     uint64 `json:"chainID"`
	Contract    string `json:"contract"`
	BlockHash   string `json:"blockHash"`
	RollupID    string `json:"rollupID"`
	Number      uint32 `json:"number"`
	Digest      string `json:"digest"`
	Signature   string `json:"signature"` // normalized
	Seed        string `json:"seed"`
	X           string `json:"x"`
	Y           string `json:"y"`
	Payment     string `json:"paymentAddress"`
}

func vectorOf(t *testing.T, key *ecdsa.PrivateKey, r Rollup, number uint32) vector {
	t.Helper()
	s := NewKeySigner(key)
	message := KeyMessage(r, number)
	digest, _, err := apitypes.TypedDataAndHash(message)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := s.SignTypedData(t.Context(), message)
	if err != nil {
		t.Fatal(err)
	}
	n, err := normalize(raw)
	if err != nil {
		t.Fatal(err)
	}
	seed, err := DeriveSeed(t.Context(), s, r, number)
	if err != nil {
		t.Fatal(err)
	}
	public := protocol.NewPrivateKey(seed).Public()
	hexOf := func(b []byte) string { return "0x" + hex.EncodeToString(b) }
	return vector{
		LayerOneKey: hexOf(crypto.FromECDSA(key)), Address: strings.ToLower(s.Address().Hex()),
		ChainID: r.ChainID, Contract: strings.ToLower(r.Contract.Hex()), BlockHash: r.BlockHash.Hex(), RollupID: files.FormatElement(r.ID()),
		Number: number, Digest: hexOf(digest), Signature: hexOf(n[:]), Seed: hexOf(seed[:]),
		X: files.FormatElement(public.X), Y: files.FormatElement(public.Y),
		Payment: Address{protocol.Owner(s.Address()), public}.Format(r.ID()),
	}
}

// TestVectors: keys come out as testdata/wallet/keys.json says, for ever. If this
// fails, everybody's keys have changed.
func TestVectors(t *testing.T) {
	const path = "../../testdata/wallet/keys.json"
	mainnet := Rollup{ChainID: 1, Contract: common.HexToAddress("0xFEDCba9876543210fedcba9876543210fedcBA98"), BlockHash: common.Hash{31: 1}}
	large := Rollup{ChainID: 1<<63 + 5, Contract: common.Address{19: 1}, BlockHash: common.Hash{0: 0xff}}
	content := struct {
		Statement string   `json:"statement"`
		Keys      []vector `json:"keys"`
	}{Statement, []vector{
		vectorOf(t, testKey(t, "alice"), testRollup, 0),
		vectorOf(t, testKey(t, "alice"), testRollup, 1),
		vectorOf(t, testKey(t, "bob"), testRollup, 0),
		vectorOf(t, testKey(t, "alice"), mainnet, 0),
		vectorOf(t, testKey(t, "bob"), large, 1<<32-1),
	}}
	golden.JSON(t, path, content, "not what the code computes: keys that people have would change")
}

// TestSeedsDiffer: every part of what binds a key makes another one.
func TestSeedsDiffer(t *testing.T) {
	seen := make(map[[protocol.SeedSize]byte]string)
	add := func(what string, key *ecdsa.PrivateKey, r Rollup, number uint32) {
		seed, err := DeriveSeed(t.Context(), NewKeySigner(key), r, number)
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[seed]; ok {
			t.Errorf("%s has the seed of %s", what, other)
		}
		seen[seed] = what
	}
	alice := testKey(t, "alice")
	add("the first", alice, testRollup, 0)
	add("another number", alice, testRollup, 1)
	add("another person", testKey(t, "bob"), testRollup, 0)
	for what, change := range map[string]func(*Rollup){
		"another chain":    func(r *Rollup) { r.ChainID++ },
		"another contract": func(r *Rollup) { r.Contract[19]++ },
	} {
		r := testRollup
		change(&r)
		add(what, alice, r, 0)
	}

	// A rollup that is deployed anew on a chain that was rolled back keeps the keys.
	again := testRollup
	again.BlockHash[0]++
	seed, err := DeriveSeed(t.Context(), NewKeySigner(alice), again, 0)
	if err != nil {
		t.Fatal(err)
	}
	if seen[seed] != "the first" {
		t.Error("the block hash changes the key")
	}
}

// signs is a signer that does as its function says.
type signs struct {
	address common.Address
	sign    func(data apitypes.TypedData) ([]byte, error)
}

func (s signs) Address() common.Address { return s.address }
func (s signs) SignTypedData(_ context.Context, data apitypes.TypedData) ([]byte, error) {
	return s.sign(data)
}

// distort returns a signer that changes what an honest one signs, at the n-th call.
func distort(t *testing.T, change func(call int, raw []byte) []byte) signs {
	honest := NewKeySigner(testKey(t, "alice"))
	call := 0
	return signs{honest.Address(), func(data apitypes.TypedData) ([]byte, error) {
		raw, err := honest.SignTypedData(t.Context(), data)
		if err != nil {
			return nil, err
		}
		call++
		return change(call, raw), nil
	}}
}

// malleate returns the other signature of the same message.
func malleate(raw []byte) []byte {
	out := append([]byte(nil), raw...)
	s := new(big.Int).SetBytes(out[32:64])
	s.Sub(crypto.S256().Params().N, s).FillBytes(out[32:64])
	out[64] ^= 1
	if raw[64] >= 27 {
		out[64] = 27 + 28 - raw[64]
	}
	return out
}

// TestSignerForms: whatever form a signer gives one signature in, it makes one seed.
func TestSignerForms(t *testing.T) {
	want, err := DeriveSeed(t.Context(), NewKeySigner(testKey(t, "alice")), testRollup, 0)
	if err != nil {
		t.Fatal(err)
	}
	low := func(raw []byte) []byte { raw[64] -= 27; return raw }
	for name, change := range map[string]func(call int, raw []byte) []byte{
		"as it is":             func(_ int, raw []byte) []byte { return raw },
		"v from 0":             func(_ int, raw []byte) []byte { return low(raw) },
		"high s":               func(_ int, raw []byte) []byte { return malleate(raw) },
		"high s, v from 0":     func(_ int, raw []byte) []byte { return malleate(low(raw)) },
		"now this, now that s": func(call int, raw []byte) []byte { return map[bool][]byte{true: raw, false: malleate(raw)}[call == 1] },
	} {
		got, err := DeriveSeed(t.Context(), distort(t, change), testRollup, 0)
		if err != nil || got != want {
			t.Errorf("%s: another seed, error %v", name, err)
		}
	}
}

// TestHostileSigners: what is not the account's signature over the message makes no
// key, and neither does a signer with dice.
func TestHostileSigners(t *testing.T) {
	order := crypto.S256().Params().N.Bytes()
	for name, test := range map[string]struct {
		change func(call int, raw []byte) []byte
		says   string
	}{
		"nothing":       {func(int, []byte) []byte { return nil }, "0 bytes"},
		"compact":       {func(_ int, raw []byte) []byte { return raw[:64] }, "64 bytes"},
		"too long":      {func(_ int, raw []byte) []byte { return append(raw, 0) }, "66 bytes"},
		"v 2":           {func(_ int, raw []byte) []byte { raw[64] = 2; return raw }, "v is 2"},
		"v 26":          {func(_ int, raw []byte) []byte { raw[64] = 26; return raw }, "v is 26"},
		"v of EIP-155":  {func(_ int, raw []byte) []byte { raw[64] = 37; return raw }, "v is 37"},
		"other v":       {func(_ int, raw []byte) []byte { raw[64] = 27 + 28 - raw[64]; return raw }, "of another message"},
		"r 0":           {func(_ int, raw []byte) []byte { clear(raw[:32]); return raw }, "r is not"},
		"r the order":   {func(_ int, raw []byte) []byte { copy(raw, order); return raw }, "r is not"},
		"s 0":           {func(_ int, raw []byte) []byte { clear(raw[32:64]); return raw }, "s is not"},
		"s the order":   {func(_ int, raw []byte) []byte { copy(raw[32:], order); return raw }, "s is not"},
		"a changed bit": {func(_ int, raw []byte) []byte { raw[40] ^= 1; return raw }, ""},
		"a second that is not": {func(call int, raw []byte) []byte {
			if call == 2 {
				raw[40] ^= 1
			}
			return raw
		}, ""},
	} {
		seed, err := DeriveSeed(t.Context(), distort(t, test.change), testRollup, 0)
		wants(t, name, err, ErrSignature, test.says)
		if seed != ([32]byte{}) {
			t.Errorf("%s: a seed", name)
		}
	}

	alice, bob := NewKeySigner(testKey(t, "alice")), NewKeySigner(testKey(t, "bob"))
	other := signs{alice.Address(), func(data apitypes.TypedData) ([]byte, error) { return bob.SignTypedData(t.Context(), data) }}
	_, err := DeriveSeed(t.Context(), other, testRollup, 0)
	wants(t, "somebody else's", err, ErrSignature, bob.Address().Hex())

	// A message of the signer's own choosing, with the account's signature.
	lying := signs{alice.Address(), func(data apitypes.TypedData) ([]byte, error) {
		data.Message["number"] = "9"
		return alice.SignTypedData(t.Context(), data)
	}}
	_, err = DeriveSeed(t.Context(), lying, testRollup, 0)
	wants(t, "another message", err, ErrSignature)

	refusal := errors.New("the person said no")
	_, err = DeriveSeed(t.Context(), signs{alice.Address(), func(apitypes.TypedData) ([]byte, error) { return nil, refusal }}, testRollup, 0)
	wants(t, "refusal", err, refusal, alice.Address().Hex())
}

// TestNotDeterministic signs with nonces that count up: each signature is valid.
func TestNotDeterministic(t *testing.T) {
	key := testKey(t, "alice")
	nonce := int64(1)
	dice := signs{crypto.PubkeyToAddress(key.PublicKey), func(data apitypes.TypedData) ([]byte, error) {
		digest, _, err := apitypes.TypedDataAndHash(data)
		if err != nil {
			return nil, err
		}
		nonce++
		return signWith(key, digest, big.NewInt(nonce)), nil
	}}
	seed, err := DeriveSeed(t.Context(), dice, testRollup, 0)
	wants(t, "dice", err, ErrNotDeterministic, "RFC 6979", "use a signer")
	if seed != ([32]byte{}) {
		t.Error("a seed")
	}

	// The same, but for the dice: the test's own arithmetic is right.
	fixed := dice
	fixed.sign = func(data apitypes.TypedData) ([]byte, error) {
		nonce = 1
		return dice.sign(data)
	}
	if _, err := DeriveSeed(t.Context(), fixed, testRollup, 0); err != nil {
		t.Errorf("a nonce that stays: %v", err)
	}
}

// signWith makes an ECDSA signature with a nonce of the caller's choosing.
func signWith(key *ecdsa.PrivateKey, digest []byte, nonce *big.Int) []byte {
	curve := crypto.S256()
	order := curve.Params().N
	r, y := curve.ScalarBaseMult(nonce.Bytes())
	s := new(big.Int).SetBytes(crypto.FromECDSA(key))
	s.Mul(s, r).Add(s, new(big.Int).SetBytes(digest)).Mul(s, new(big.Int).ModInverse(nonce, order)).Mod(s, order)
	raw := make([]byte, 65)
	r.FillBytes(raw[:32])
	s.FillBytes(raw[32:64])
	raw[64] = byte(y.Bit(0))
	return raw
}

// TestNormalize: all forms of a signature become one, which recovers to the key.
func TestNormalize(t *testing.T) {
	half := new(big.Int).Rsh(crypto.S256().Params().N, 1)
	rapid.Check(t, func(t *rapid.T) {
		key, err := crypto.ToECDSA(crypto.Keccak256(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "key")))
		if err != nil {
			t.Fatal(err)
		}
		digest := crypto.Keccak256(rapid.SliceOf(rapid.Byte()).Draw(t, "message"))
		raw := signWith(key, digest, big.NewInt(rapid.Int64Range(1, 1<<40).Draw(t, "nonce")))
		n, err := normalize(raw)
		if err != nil {
			t.Fatal(err)
		}
		if new(big.Int).SetBytes(n[32:64]).Cmp(half) > 0 || n[64] != 27 && n[64] != 28 {
			t.Fatalf("not normal: %x", n)
		}
		if err := n.check(digest, crypto.PubkeyToAddress(key.PublicKey)); err != nil {
			t.Fatal(err)
		}
		for _, form := range [][]byte{malleate(raw), n[:], malleate(n[:])} {
			if other, err := normalize(form); err != nil || other != n {
				t.Fatalf("%x becomes %x, error %v, and not %x", form, other, err, n)
			}
		}
	})
}

// TestMessageSaysWhatItDoes: what a signer shows is as EIP-712 has it.
func TestMessageSaysWhatItDoes(t *testing.T) {
	m := KeyMessage(testRollup, 5)
	if got, want := m.EncodeType(m.PrimaryType).String(), "0x"+hex.EncodeToString([]byte("QuireKey(string statement,uint32 number)")); got != want {
		t.Errorf("type %s, want %s", got, want)
	}
	if got, want := m.EncodeType("EIP712Domain").String(),
		"0x"+hex.EncodeToString([]byte("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")); got != want {
		t.Errorf("domain %s, want %s", got, want)
	}
	for _, word := range []string{"secret key", "spend", "nobody"} {
		if !strings.Contains(Statement, word) {
			t.Errorf("the statement does not say %q", word)
		}
	}
	for _, c := range Statement {
		if c < ' ' || c > '~' {
			t.Errorf("the statement has %q, which some signers cannot show", c)
		}
	}
	// It reaches an external signer as JSON, and comes out the same.
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var again apitypes.TypedData
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	before, _, err := apitypes.TypedDataAndHash(m)
	if err != nil {
		t.Fatal(err)
	}
	after, _, err := apitypes.TypedDataAndHash(again)
	if err != nil || string(before) != string(after) {
		t.Errorf("through JSON: %x, error %v, want %x", after, err, before)
	}
}
