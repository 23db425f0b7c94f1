package receipt

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/math"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
	"pgregory.net/rapid"

	_ "github.com/quirezk/quire/internal/rapidtest" // fixes rapid's seed
)

var (
	testRollup  = common.HexToAddress("0x00112233445566778899aabbccddeeff00112233")
	testDomain  = NewDomain(1337, testRollup)
	testReceipt = Receipt{Transfer: crypto.Keccak256Hash([]byte("transfer")), Sequence: 1 << 40, Batch: 77, Time: 1_700_000_000_123}
)

func testKey(t testing.TB, name string) *Key {
	t.Helper()
	key, err := crypto.ToECDSA(crypto.Keccak256([]byte(name)))
	if err != nil {
		t.Fatal(err)
	}
	return NewKey(key)
}

func mustSign(t testing.TB, k *Key, r Receipt) Signature {
	t.Helper()
	sig, err := Sign(testDomain, k, r)
	if err != nil {
		t.Fatal(err)
	}
	return sig
}

// go-ethereum's typed data, given the types, is a second implementation.
func TestDigestIsEIP712(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		chain := rapid.Uint64().Draw(t, "chain")
		rollup := common.BytesToAddress(rapid.SliceOfN(rapid.Byte(), 20, 20).Draw(t, "rollup"))
		r := Receipt{
			Transfer: [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "transfer")),
			Sequence: rapid.Uint64().Draw(t, "sequence"), Batch: rapid.Uint32().Draw(t, "batch"), Time: rapid.Uint64().Draw(t, "time"),
		}
		want, _, err := apitypes.TypedDataAndHash(apitypes.TypedData{
			Types: apitypes.Types{
				"EIP712Domain": {
					{Name: "name", Type: "string"}, {Name: "version", Type: "string"},
					{Name: "chainId", Type: "uint256"}, {Name: "verifyingContract", Type: "address"},
				},
				"Receipt": {
					{Name: "transfer", Type: "bytes32"}, {Name: "sequence", Type: "uint64"},
					{Name: "batch", Type: "uint32"}, {Name: "time", Type: "uint64"},
				},
			},
			PrimaryType: "Receipt",
			Domain: apitypes.TypedDataDomain{
				Name: "Quire", Version: "1", ChainId: (*math.HexOrDecimal256)(new(big.Int).SetUint64(chain)), VerifyingContract: rollup.Hex(),
			},
			Message: apitypes.TypedDataMessage{
				"transfer": r.Transfer[:], "sequence": strconv.FormatUint(r.Sequence, 10),
				"batch": strconv.FormatUint(uint64(r.Batch), 10), "time": strconv.FormatUint(r.Time, 10),
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := NewDomain(chain, rollup).Digest(r); got != [32]byte(want) {
			t.Fatalf("digest %x, want %x", got, want)
		}
	})
}

// A receipt that was given stays good.
func TestKnownReceipt(t *testing.T) {
	const (
		digest    = "e3adc3e2f3f6b32dd4ab9a9ef104dff9264a55a61d67f50ca54d8cf82f18b7bf"
		signature = "2d4af74d3c6e76fb6a330275dc63abc2a70f3f981aaab17783f74d34a5c0a79b11d5b11ee4207bad938d0c605ccc5221f02296789638555eb5b4704768e2cee01c"
	)
	if got := testDomain.Digest(testReceipt); hex.EncodeToString(got[:]) != digest {
		t.Errorf("digest %x", got)
	}
	if got := mustSign(t, testKey(t, "operator"), testReceipt); hex.EncodeToString(got[:]) != signature {
		t.Errorf("signature %x", got)
	}
}

func TestEveryPartOfAReceiptCounts(t *testing.T) {
	key := testKey(t, "operator")
	sig := mustSign(t, key, testReceipt)
	if err := Verify(testDomain, testReceipt, sig, key.Address()); err != nil {
		t.Fatal(err)
	}
	refused := func(what string, d Domain, r Receipt, sig Signature, operator common.Address) {
		t.Helper()
		if err := Verify(d, r, sig, operator); !errors.Is(err, ErrForeign) && !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", what, err)
		}
	}
	refused("another chain", NewDomain(1338, testRollup), testReceipt, sig, key.Address())
	refused("another rollup", NewDomain(1337, common.Address{1}), testReceipt, sig, key.Address())
	refused("no domain", Domain{}, testReceipt, sig, key.Address())
	refused("another operator", testDomain, testReceipt, sig, testKey(t, "other").Address())
	refused("operator 0", testDomain, testReceipt, sig, common.Address{})
	refused("another's signature", testDomain, testReceipt, mustSign(t, testKey(t, "other"), testReceipt), key.Address())
	for bit := range 64 {
		r := testReceipt
		r.Sequence ^= 1 << bit
		refused("sequence", testDomain, r, sig, key.Address())
		r = testReceipt
		r.Time ^= 1 << bit
		refused("time", testDomain, r, sig, key.Address())
		if bit < 32 {
			r = testReceipt
			r.Batch ^= 1 << bit
			refused("batch", testDomain, r, sig, key.Address())
		}
	}
	for i := range 32 {
		r := testReceipt
		r.Transfer[i] ^= 0x80
		refused("transfer", testDomain, r, sig, key.Address())
	}
	for bit := range 8 * SignatureSize {
		flipped := sig
		flipped[bit/8] ^= 1 << (bit % 8)
		refused("signature", testDomain, testReceipt, flipped, key.Address())
	}
}

// upperHalf is the same signature with n − s for s, which recovers to the same key.
func upperHalf(sig Signature) Signature {
	s := new(big.Int).SetBytes(sig[32:64])
	s.Sub(crypto.S256().Params().N, s).FillBytes(sig[32:64])
	sig[64] = 27 + 28 - sig[64]
	return sig
}

func TestASignatureHasOneForm(t *testing.T) {
	key := testKey(t, "operator")
	good := mustSign(t, key, testReceipt)
	twin := upperHalf(good)
	digest, raw := testDomain.Digest(testReceipt), twin
	raw[64] -= 27
	if recovered, err := crypto.SigToPub(digest[:], raw[:]); err != nil || crypto.PubkeyToAddress(*recovered) != key.Address() {
		t.Fatalf("the twin is not one: %v", err)
	}
	with := func(change func(sig []byte)) []byte {
		sig := good
		change(sig[:])
		return sig[:]
	}
	order := crypto.S256().Params().N.Bytes()
	for name, b := range map[string][]byte{
		"s in the upper half": twin[:],
		"64 bytes":            good[:64],
		"66 bytes":            append(good[:], 0),
		"nothing":             nil,
		"v from 0":            with(func(sig []byte) { sig[64] -= 27 }),
		"v 29":                with(func(sig []byte) { sig[64] = 29 }),
		"v 26":                with(func(sig []byte) { sig[64] = 26 }),
		"r 0":                 with(func(sig []byte) { clear(sig[:32]) }),
		"s 0":                 with(func(sig []byte) { clear(sig[32:64]) }),
		"r the order":         with(func(sig []byte) { copy(sig[:32], order) }),
		"s the order":         with(func(sig []byte) { copy(sig[32:64], order) }),
	} {
		if _, err := ParseSignature(b); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
		if len(b) == SignatureSize {
			if err := Verify(testDomain, testReceipt, Signature(b), key.Address()); !errors.Is(err, ErrSignature) {
				t.Errorf("%s is verified: %v", name, err)
			}
		}
	}
	if sig, err := ParseSignature(good[:]); err != nil || sig != good {
		t.Errorf("a good one: %v", err)
	}
}

// signs is a signer that answers as it is told.
type signs func(digest [32]byte) ([]byte, error)

func (s signs) Address() common.Address                    { return common.Address{7} }
func (s signs) SignDigest(digest [32]byte) ([]byte, error) { return s(digest) }

func TestSignHoldsSignersToTheForm(t *testing.T) {
	key := testKey(t, "operator")
	good := mustSign(t, key, testReceipt)
	if sig, err := Sign(testDomain, signs(func([32]byte) ([]byte, error) { return good[:], nil }), testReceipt); err != nil || sig != good {
		t.Errorf("v counted from 27: %v", err)
	}
	broken := errors.New("broken")
	twin := upperHalf(good)
	for name, c := range map[string]struct {
		answer []byte
		err    error
		want   error
	}{
		"an error":            {nil, broken, broken},
		"nothing":             {nil, nil, ErrSignature},
		"64 bytes":            {good[:64], nil, ErrSignature},
		"s in the upper half": {twin[:], nil, ErrSignature},
	} {
		_, err := Sign(testDomain, signs(func([32]byte) ([]byte, error) { return c.answer, c.err }), testReceipt)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestJSON(t *testing.T) {
	key := testKey(t, "operator")
	signed := Signed{testReceipt, mustSign(t, key, testReceipt)}
	text, err := json.Marshal(signed)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"id":"0x` + hex.EncodeToString(testReceipt.Transfer[:]) + `","seq":1099511627776,"batch":77,"time":1700000000123,"signature":"0x` +
		hex.EncodeToString(signed.Signature[:]) + `"}`
	if string(text) != want {
		t.Errorf("encoded as\n%s, want\n%s", text, want)
	}
	var back Signed
	if err := json.Unmarshal(text, &back); err != nil || back != signed {
		t.Fatalf("decoded to %+v, %v", back, err)
	}
	if err := back.Verify(testDomain, key.Address()); err != nil {
		t.Error(err)
	}
	back.Batch++
	if err := back.Verify(testDomain, key.Address()); !errors.Is(err, ErrForeign) {
		t.Errorf("changed: %v", err)
	}

	replace := func(old, new string) string {
		changed := strings.Replace(want, old, new, 1)
		if changed == want {
			t.Fatalf("%q is not in it", old)
		}
		return changed
	}
	for name, text := range map[string]string{
		"null":               "null",
		"a list":             "[]",
		"empty":              "{}",
		"no id":              replace(`"id":"0x`+hex.EncodeToString(testReceipt.Transfer[:])+`",`, ""),
		"no sequence":        replace(`"seq":1099511627776,`, ""),
		"no batch":           replace(`"batch":77,`, ""),
		"no time":            replace(`"time":1700000000123,`, ""),
		"null time":          replace(`1700000000123`, "null"),
		"no signature":       replace(`,"signature":"0x`+hex.EncodeToString(signed.Signature[:])+`"`, ""),
		"something else":     replace(`"batch"`, `"more":1,"batch"`),
		"short id":           replace(`"id":"0x`+hex.EncodeToString(testReceipt.Transfer[:1]), `"id":"0x`),
		"id without 0x":      replace(`"id":"0x`, `"id":"`),
		"batch of 33 bits":   replace(`77`, `4294967296`),
		"negative sequence":  replace(`1099511627776`, `-1`),
		"sequence as text":   replace(`1099511627776`, `"1"`),
		"short signature":    replace(hex.EncodeToString(signed.Signature[:1]), ""),
		"malformed v":        replace(hex.EncodeToString(signed.Signature[63:]), hex.EncodeToString([]byte{signed.Signature[63], 0})),
		"fraction of a time": replace(`1700000000123`, `1700000000123.5`),
	} {
		if err := json.Unmarshal([]byte(text), &back); !errors.Is(err, ErrEncoding) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzJSON(f *testing.F) {
	signed := Signed{testReceipt, mustSign(f, testKey(f, "operator"), testReceipt)}
	text, err := json.Marshal(signed)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"id":null}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var got Signed
		if err := json.Unmarshal(data, &got); err != nil {
			return
		}
		if _, err := ParseSignature(got.Signature[:]); err != nil {
			t.Errorf("a malformed signature was decoded: %v", err)
		}
		again, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		var back Signed
		if err := json.Unmarshal(again, &back); err != nil || back != got {
			t.Errorf("%s decodes to %+v, which decodes to %+v: %v", data, got, back, err)
		}
		_ = got.Verify(testDomain, common.Address{1}) // must not panic
	})
}

func FuzzParseSignature(f *testing.F) {
	good := mustSign(f, testKey(f, "operator"), testReceipt)
	twin := upperHalf(good)
	f.Add(good[:])
	f.Add(twin[:])
	f.Add(make([]byte, SignatureSize))
	f.Fuzz(func(t *testing.T, data []byte) {
		sig, err := ParseSignature(data)
		if err != nil {
			return
		}
		if string(sig[:]) != string(data) {
			t.Errorf("%x became %x", data, sig)
		}
		twin := upperHalf(sig)
		if _, err := ParseSignature(twin[:]); err == nil {
			t.Errorf("%x and its twin are both accepted", data)
		}
	})
}

func BenchmarkDigest(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		testDomain.Digest(testReceipt)
	}
}

func BenchmarkSign(b *testing.B) {
	key := testKey(b, "operator")
	b.ReportAllocs()
	for b.Loop() {
		mustSign(b, key, testReceipt)
	}
}

func BenchmarkVerify(b *testing.B) {
	key := testKey(b, "operator")
	sig := mustSign(b, key, testReceipt)
	b.ReportAllocs()
	for b.Loop() {
		if err := Verify(testDomain, testReceipt, sig, key.Address()); err != nil {
			b.Fatal(err)
		}
	}
}
