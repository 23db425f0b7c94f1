package ledger

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/sha3"

	"github.com/quirezk/quire/internal/golden"
	"github.com/quirezk/quire/protocol"
)

// codec is a record's pair of functions, joined: how it is made, encoded, and
// what becomes of its payload.
type codec struct {
	name string
	make func(r maker) any
	// encode appends the payload of what make returned.
	encode func(e *encoder, value any)
	parse  func(payload []byte) (any, error)
}

// newCodec joins what is typed to what is not.
func newCodec[T any](name string, make func(maker) T, encode func(*encoder, *T), parse func([]byte) (T, error)) codec {
	return codec{name, func(r maker) any { return make(r) },
		func(e *encoder, value any) { v := value.(T); encode(e, &v) },
		func(b []byte) (any, error) { return parse(b) }}
}

// codecs are all records with a payload.
var codecs = []codec{
	newCodec("format", func(r maker) uint32 { return r.Uint32() },
		func(e *encoder, v *uint32) { e.format(*v) }, parseFormat),
	newCodec("identity", maker.identity, (*encoder).identity, parseIdentity),
	newCodec("head", maker.head, (*encoder).head, parseHead),
	newCodec("transfer", func(r maker) Transfer { return r.transfer(17) }, (*encoder).transfer,
		func(b []byte) (Transfer, error) { return parseTransfer(17, b) }),
	newCodec("queued", func(r maker) Queued {
		q := r.queued()
		q.Signed.From, q.Signed.Nonce = 17, 19
		return q
	}, (*encoder).queued, func(b []byte) (Queued, error) { return parseQueued(17, 19, b) }),
	newCodec("entry", maker.entry, (*encoder).entry, parseEntry),
	newCodec("batch", func(r maker) Batch { return r.batch(17) }, (*encoder).batch,
		func(b []byte) (Batch, error) { return parseBatch(17, b) }),
	newCodec("proof", maker.proof, (*encoder).proof, parseProof),
	newCodec("opening", func(r maker) Opening { return r.opening(17) }, (*encoder).opening,
		func(b []byte) (Opening, error) { return parseOpening(17, b) }),
	newCodec("deposit", func(r maker) Deposit { return r.queuedDeposit(17) }, (*encoder).queuedDeposit,
		func(b []byte) (Deposit, error) { return parseDeposit(17, b) }),
	newCodec("forced exit", func(r maker) ForcedExit { return r.queuedExit(17) }, (*encoder).queuedExit,
		func(b []byte) (ForcedExit, error) { return parseForcedExit(17, b) }),
	newCodec("reserved", func(r maker) Reserved { return r.reserved(17) }, (*encoder).reserved,
		func(b []byte) (Reserved, error) { return parseReserved(17, b) }),
}

func TestRoundTrip(t *testing.T) {
	r := maker{newRand(1)}
	for _, c := range codecs {
		for range 50 {
			value := c.make(r)
			var e encoder
			if c.encode(&e, value); e.err != nil {
				t.Fatalf("%s: %v", c.name, e.err)
			}
			kept := bytes.Clone(e.b)
			got, err := c.parse(e.b)
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			clear(e.b) // what was parsed must not alias it
			if diff := cmp.Diff(value, got); diff != "" {
				t.Fatalf("%s:\n%s", c.name, diff)
			}
			for n := range kept {
				if got, err := c.parse(kept[:n]); err == nil {
					var again encoder
					if c.encode(&again, got); !bytes.Equal(again.b, kept[:n]) { // bytes at its end may be fewer
						t.Fatalf("%s: cut to %d bytes of %d it has another encoding", c.name, n, len(kept))
					}
				}
			}
		}
	}
}

// reencode fails if a payload that is accepted is not what is written for it.
func (c *codec) reencode(t *testing.T, payload []byte) {
	t.Helper()
	value, err := c.parse(payload)
	if err != nil {
		return
	}
	var e encoder
	if c.encode(&e, value); e.err != nil || !bytes.Equal(e.b, payload) {
		t.Fatalf("%s has two encodings: %v", c.name, e.err)
	}
}

func fuzz(f *testing.F, name string) {
	for _, c := range codecs {
		if c.name != name {
			continue
		}
		r := maker{newRand(2)}
		for range 8 {
			var e encoder
			c.encode(&e, c.make(r))
			f.Add(e.b)
			f.Add(e.b[:len(e.b)-1])
			f.Add(append(bytes.Clone(e.b), 0))
		}
		f.Add([]byte{})
		f.Add(bytes.Repeat([]byte{0xff}, 400))
		f.Fuzz(func(t *testing.T, payload []byte) { c.reencode(t, payload) })
		return
	}
	f.Fatalf("no record %q", name)
}

func FuzzFormat(f *testing.F)     { fuzz(f, "format") }
func FuzzIdentity(f *testing.F)   { fuzz(f, "identity") }
func FuzzHead(f *testing.F)       { fuzz(f, "head") }
func FuzzTransfer(f *testing.F)   { fuzz(f, "transfer") }
func FuzzQueued(f *testing.F)     { fuzz(f, "queued") }
func FuzzEntry(f *testing.F)      { fuzz(f, "entry") }
func FuzzBatch(f *testing.F)      { fuzz(f, "batch") }
func FuzzProof(f *testing.F)      { fuzz(f, "proof") }
func FuzzOpening(f *testing.F)    { fuzz(f, "opening") }
func FuzzReserved(f *testing.F)   { fuzz(f, "reserved") }
func FuzzDeposit(f *testing.F)    { fuzz(f, "deposit") }
func FuzzForcedExit(f *testing.F) { fuzz(f, "forced exit") }

// TestGolden pins every record byte by byte, key and checksum too: what is on
// disk is not this package's to change without raising formatVersion.
func TestGolden(t *testing.T) {
	r := maker{newRand(3)}
	var text strings.Builder
	keys := map[string][]byte{
		"format": {kindFormat}, "identity": {kindIdentity}, "head": {kindHead},
		"transfer": appendKey8(nil, kindTransfer, 17), "queued": appendQueuedKey(nil, 17, 19),
		"batch": appendKey4(nil, kindBatch, 17), "proof": appendKey4(nil, kindProof, 17),
		"opening": appendKey8(nil, kindOpening, 17), "deposit": appendKey8(nil, kindDeposit, 17), "reserved": appendKey4(nil, kindReserved, 17),
		"forced exit": appendKey8(nil, kindForcedExit, 17), "entry": appendIDKey(nil, (*TransferID)(bytes.Repeat([]byte{0xab}, 32))),
	}
	line := func(name string, e encoder, keyLen int) {
		if e.err != nil {
			t.Fatal(e.err)
		}
		e.b = seal(e.b)
		fmt.Fprintf(&text, "%s\n%x\n%x\n", name, e.b[:keyLen], e.b[keyLen:])
	}
	for _, c := range codecs {
		for range 3 {
			e := encoder{b: bytes.Clone(keys[c.name])}
			c.encode(&e, c.make(r))
			line(c.name, e, len(keys[c.name]))
		}
	}
	key, owner := r.point(), protocol.Owner(r.address())
	for _, k := range [][]byte{appendAccountKey(nil, 17, &key, owner, 19), appendOwnedKey(nil, owner, 17), appendHistoryKey(nil, 17, 19)} {
		line(recordName(k), encoder{b: k}, len(k))
	}
	for _, kind := range []byte{kindSealed, kindPublished} {
		k := appendKey4(nil, kind, 17)
		line(recordName(k), encoder{b: append(bytes.Clone(k), "as it is"...)}, len(k))
	}
	const file = "testdata/records.golden"
	golden.Bytes(t, file, []byte(text.String()), "the format has changed: raise formatVersion")
}

// TestByHand writes a transfer's record out, and its ID, with another
// implementation of the hash.
func TestByHand(t *testing.T) {
	word := func(low string) string { return strings.Repeat("00", 31) + low }
	transfer := Transfer{Seq: 0x0102030405060708, Batch: 0x11121314, Received: 0x2122232425262728}
	s := &transfer.Signed
	s.From, s.To, s.Nonce, s.ValidUntil = 0x31323334, 0x41424344, 0x5152535455, 0x61626364
	s.Amount, s.Fee = protocol.Amount{0xaa, 0xbb}, protocol.Amount{0xcc}
	s.Signature.R.X.SetUint64(0xdd)
	s.Signature.R.Y.SetUint64(0xee)
	s.Signature.S[31] = 0xff
	var e encoder
	e.transfer(&transfer)
	want := "11121314" + "2122232425262728" + "31323334" + "41424344" +
		"00000000000000bb00000000000000aa" + "000000000000000000000000000000cc" + "5152535455" + "61626364" +
		word("dd") + word("ee") + word("ff")
	if got := hex.EncodeToString(e.b); got != want {
		t.Errorf("transfer:\n got %s\nwant %s", got, want)
	}
	rollup := fr.NewElement(0x99)
	message, err := hex.DecodeString(hex.EncodeToString([]byte("quire/transfer-id")) + word("99") + "31323334" + "41424344" +
		"00000000000000bb00000000000000aa" + "000000000000000000000000000000cc" + "0000005152535455" + "61626364")
	if err != nil {
		t.Fatal(err)
	}
	h := sha3.NewLegacyKeccak256()
	h.Write(message)
	if id := IDOf(rollup, &s.Transfer); !bytes.Equal(id[:], h.Sum(nil)) {
		t.Errorf("ID %x", id)
	}
}

// TestWidths: what no rollup can have is refused, and by name.
func TestWidths(t *testing.T) {
	tooMuch := protocol.Amount{0, 0, 1}
	for name, encode := range map[string]func(e *encoder){
		"nonce":   func(e *encoder) { e.nonce(protocol.MaxNonce + 1) },
		"amount":  func(e *encoder) { e.amount(&tooMuch) },
		"stage":   func(e *encoder) { e.batch(&Batch{Stage: StageFinalized + 1}) },
		"circuit": func(e *encoder) { e.batch(&Batch{Circuit: -1}) },
	} {
		var e encoder
		encode(&e)
		if !errors.Is(e.err, ErrRecord) || !strings.Contains(e.err.Error(), name) {
			t.Errorf("%s: error %v", name, e.err)
		}
	}
}

// TestStrict: bytes that nothing is written as are refused, whatever their
// checksum.
func TestStrict(t *testing.T) {
	modulus := fr.Modulus().Bytes()
	for _, c := range []struct {
		name   string
		record string
		change func(b []byte) []byte
		says   string
	}{
		{"unreduced element", "opening", func(b []byte) []byte { copy(b, modulus); return b }, "field element"},
		{"neither true nor false", "head", func(b []byte) []byte { b[44] = 2; return b }, "neither true nor false"},
		{"stage", "batch", func(b []byte) []byte { b[0] = 7; return b }, "stage 7"},
		{"status 0", "entry", func(b []byte) []byte { b[0] = 0; return b }, "status 0"},
		{"another sender", "queued", func(b []byte) []byte { b[8]++; return b }, "it is of account"},
		{"other magic", "format", func(b []byte) []byte { b[0]++; return b }, "does not begin with"},
		{"too long a list", "proof", func(b []byte) []byte { b[0] = 0xff; return b }, "entries"},
		{"cut", "transfer", func(b []byte) []byte { return b[:len(b)-1] }, "ends 1 bytes early"},
		{"extended", "transfer", func(b []byte) []byte { return append(b, 0) }, "1 bytes too many"},
	} {
		for i := range codecs {
			if codecs[i].name != c.record {
				continue
			}
			var e encoder
			codecs[i].encode(&e, codecs[i].make(maker{newRand(4)}))
			if _, err := codecs[i].parse(c.change(e.b)); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: error %v", c.name, err)
			}
		}
	}
}

func TestKeys(t *testing.T) {
	seen := make(map[string]bool)
	for kind, n := range keyBytes {
		if kind < firstKind || kind > lastKind {
			t.Errorf("kind %q is out of the range that Open looks at", kind)
		}
		if kind <= protocol.TreeDepth || kind >= 0xfd {
			t.Errorf("kind %q is the state tree's", kind)
		}
		name := recordName(append([]byte{kind}, make([]byte, n-1)...))
		if strings.HasPrefix(name, "record with the key") || seen[name] {
			t.Errorf("kind %q is %q", kind, name)
		}
		seen[name] = true
		if got := recordName(append([]byte{kind}, make([]byte, n)...)); !strings.HasPrefix(got, "record with the key") {
			t.Errorf("a key that is none is %q", got)
		}
	}
	for _, c := range []struct{ prefix, end []byte }{
		{[]byte{1}, []byte{2}}, {[]byte{1, 2}, []byte{1, 3}}, {[]byte{1, 0xff}, []byte{2}}, {[]byte{1, 0xff, 0xff}, []byte{2}},
	} {
		if got := after(c.prefix); !bytes.Equal(got, c.end) {
			t.Errorf("after %x is %x", c.prefix, got)
		}
	}
}
