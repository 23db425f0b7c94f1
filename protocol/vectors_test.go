package protocol

import (
	"bytes"
	"encoding/hex"
	"math/big"
	"path/filepath"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/internal/golden"
)

//go:generate go test -run TestVectors -update .

// vectorsDir holds the vectors for other implementations of docs/protocol.md,
// the contract's and the circuit's tests among them.
const vectorsDir = "../testdata/protocol"

// vectorFile compares what this package computes with the committed file, or
// writes it with -update.
func vectorFile(t *testing.T, name string, content any) {
	t.Helper()
	golden.JSON(t, filepath.Join(vectorsDir, name), content, "not what the code computes; if that is meant, go generate ./protocol")
}

// object keeps vectors free of types that only they would use. Its fields are
// written in the order of their names.
type object map[string]any

func hexOf(b []byte) string { return "0x" + hex.EncodeToString(b) }

func hexElement(e fr.Element) string {
	b := e.Bytes()
	return hexOf(b[:])
}

func hexElements(elements []fr.Element) []string {
	out := make([]string, len(elements))
	for i, e := range elements {
		out[i] = hexElement(e)
	}
	return out
}

func pointObject(p Point) object { return object{"x": hexElement(p.X), "y": hexElement(p.Y)} }

func transferObject(tr Transfer) object {
	return object{
		"from": tr.From, "to": tr.To, "amount": tr.Amount.Dec(), "fee": tr.Fee.Dec(),
		"nonce": tr.Nonce, "validUntil": tr.ValidUntil,
	}
}

func TestVectorsHashes(t *testing.T) {
	last := fr.Element{}
	last.SetInt64(-1)
	words := make([]fr.Element, 16)
	for i := range words {
		words[i] = small(uint64(i))
	}
	inputs := [][]fr.Element{
		words[:8], make([]fr.Element, 8),
		{last, last, last, last, last, last, last, last},
		{
			testElement("0"), testElement("1"), testElement("2"), testElement("3"),
			testElement("4"), testElement("5"), testElement("6"), testElement("7"),
		},
	}
	var permutations, h4, h8, chains []object
	for _, in := range inputs {
		state := [4]fr.Element(in[:4])
		Permute4(&state)
		permutations = append(permutations, object{"in": hexElements(in[:4]), "out": hexElements(state[:])})
		h4 = append(h4, object{"in": hexElements(in[:4]), "out": hexElement(H4(in[0], in[1], in[2], in[3]))})
		h8 = append(h8, object{"in": hexElements(in), "out": hexElement(H8([8]fr.Element(in)))})
	}
	for _, n := range []int{0, 1, 7, 8, 15} {
		chains = append(chains, object{
			"initial": hexElement(words[15]), "words": hexElements(words[:n]), "out": hexElement(Chain(words[15], words[:n])),
		})
	}
	vectorFile(t, "hashes.json", object{
		"permutation4": permutations, "h4": h4, "h8": h8, "chain": chains,
		"tags": object{
			"quire/state": hexElement(TagState), "quire/transfer": hexElement(TagTransfer),
			"quire/transcript": hexElement(TagTranscript), "quire/z": hexElement(TagZ),
			"quire/bind": hexElement(TagBind), "quire/batch": hexElement(TagCircuit), "quire/challenge": hexElement(TagChallenge),
		},
	})
}

func TestVectorsState(t *testing.T) {
	accounts := []Account{
		{},
		{Key: testKey("alice").Public(), Owner: Owner{1, 19: 2}, Token: 0x03040506, Nonce: 0x0708090a0b, Balance: amountOf(1_000_000)},
		{Owner: Owner(bytes.Repeat([]byte{0xff}, 20)), Token: 1<<32 - 1, Nonce: MaxNonce, Balance: underLimit(1)},
	}
	var leaves, commitments []object
	for _, a := range accounts {
		leaves = append(leaves, object{
			"key": pointObject(a.Key), "owner": hexOf(a.Owner[:]), "token": a.Token, "nonce": a.Nonce,
			"balance": a.Balance.Dec(), "leaf": hexElement(a.Leaf()),
		})
	}
	for _, number := range []uint32{0, 1, 1<<32 - 1} {
		root, rollupID := testElement("root"), testElement("rollup")
		commitments = append(commitments, object{
			"root": hexElement(root), "rollupID": hexElement(rollupID), "batchNumber": number,
			"commitment": hexElement(Commitment(root, rollupID, number)),
		})
	}
	empty := EmptyHashes()
	vectorFile(t, "state.json", object{
		"leaves": leaves, "commitments": commitments, "emptyHashes": hexElements(empty[:]),
		"genesis": object{"rollupID": hexElement(testRollup), "commitment": hexElement(GenesisCommitment(testRollup))},
	})
}

func TestVectorsTransfers(t *testing.T) {
	var amounts, fees, transfers []object
	for _, s := range []string{"0", "1", "10", "134217727", "134217730", "1000000000000000000", "340282360000000000000000000000000000000"} {
		x := decimal(s)
		code, err := EncodeAmount(&x)
		if err != nil {
			t.Fatal(err)
		}
		amounts = append(amounts, object{"value": s, "code": code})
	}
	for _, s := range []string{"0", "1", "7", "10", "70000000000000000000000000000000"} {
		x := decimal(s)
		code, err := EncodeFee(&x)
		if err != nil {
			t.Fatal(err)
		}
		fees = append(fees, object{"value": s, "code": code})
	}
	var nearest []object
	for _, s := range []string{"134217728", "1342177271", "1000000000000000001"} {
		x := decimal(s)
		below, above := NearestAmounts(&x)
		nearest = append(nearest, object{"value": s, "below": below.Dec(), "above": above.Dec()})
	}
	for _, p := range samplePublished().Transfers {
		b, tr := p.Bytes(), p.Transfer()
		transfers = append(transfers, object{
			"from": p.From, "to": p.To, "amountCode": p.Amount, "amount": tr.Amount.Dec(),
			"feeCode": p.Fee, "fee": tr.Fee.Dec(), "bytes": hexOf(b[:]),
		})
	}
	vectorFile(t, "transfers.json", object{
		"amounts": amounts, "fees": fees, "nearestAmounts": nearest, "published": transfers,
	})
}

func TestVectorsSignatures(t *testing.T) {
	var valid, torsion []object
	var hashes []fr.Element
	var scalars [][32]byte
	largest := Transfer{
		From: 1<<32 - 1, To: 1<<32 - 1, Amount: underLimit(1), Fee: underLimit(1), Nonce: MaxNonce, ValidUntil: 1<<32 - 1,
	}
	for i, tr := range []Transfer{testTransfer(), {From: 1, Amount: decimal("12345678901234567890")}, largest} {
		seed := [SeedSize]byte{31: byte(i)}
		key := NewPrivateKey(seed)
		signed := mustSign(t, key, testRollup, tr)
		if err := Verify(key.Public(), testRollup, &tr, &signed.Signature); err != nil {
			t.Fatal(err)
		}
		words, encoded, public := messageWords(testRollup, &tr), signed.Signature.Bytes(), CompressPoint(key.Public())
		if back, err := ParseSignature(encoded); err != nil || back != signed.Signature {
			t.Fatalf("signature %d does not survive its encoding: %v", i, err)
		}
		if back, err := DecompressPoint(public); err != nil || back != key.Public() {
			t.Fatalf("key %d does not survive its encoding: %v", i, err)
		}
		h := MessageHash(signed.Signature.R, key.Public(), testRollup, &tr)
		hashes, scalars = append(hashes, h), append(scalars, signed.Signature.S)
		valid = append(valid, object{
			"seed": hexOf(seed[:]), "key": pointObject(key.Public()), "compressedKey": hexOf(public[:]),
			"rollupID": hexElement(testRollup), "transfer": transferObject(tr), "message": hexElements(words[:]),
			"R": pointObject(signed.Signature.R), "S": hexOf(signed.Signature.S[:]),
			"hash": hexElement(h), "signature": hexOf(encoded[:]),
		})
	}
	// Aggregated with two padding slots after them.
	used := len(hashes)
	for i := range uint64(2) {
		h := small(i)
		hashes, scalars = append(hashes, h), append(scalars, DummyScalar(h))
	}
	var coefficients []string
	for _, z := range Coefficients(hashes, used) {
		coefficients = append(coefficients, z.String())
	}
	sum, err := HalfAggregate(hashes, scalars, used)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range torsionPoints(t) {
		torsion = append(torsion, pointObject(p))
	}
	vectorFile(t, "signatures.json", object{
		"valid": valid, "lowOrderPoints": torsion, "subgroupOrder": hexOf(curve.Order.FillBytes(make([]byte, 32))),
		"halfAggregation": object{
			"hashes": hexElements(hashes), "used": used, "coefficients": coefficients,
			"s": hexOf(sum.FillBytes(make([]byte, 32))),
		},
		"hashBound": hexOf(new(big.Int).Lsh(splitHigh, splitBits).FillBytes(make([]byte, 32))),
	})
}

func TestVectorsPublished(t *testing.T) {
	odd := samplePublished()
	odd.Transfers = odd.Transfers[:1]
	var vectors []object
	for _, c := range []struct {
		name string
		p    *Published
	}{{"every section", samplePublished()}, {"odd number of transfers", odd}, {"nothing", new(Published)}} {
		v, err := c.p.Vector(testShape)
		if err != nil {
			t.Fatal(err)
		}
		s, err := c.p.Statement(testShape, testVerifier)
		if err != nil {
			t.Fatal(err)
		}
		vectors = append(vectors, object{
			"name": c.name, "bytes": hexOf(c.p.Bytes()), "vector": hexElements(v),
			"d": hexElement(s.D), "z": hexElement(s.Z), "y": hexElement(s.Y),
		})
	}
	s := testShape
	vectorFile(t, "published.json", object{
		"shape": object{
			"openings": s.Openings, "layerOne": s.LayerOne, "feeAccounts": s.FeeAccounts, "exits": s.Exits,
			"transfers": s.Transfers, "accounts": s.Accounts, "nodes": s.Nodes, "id": hexElement(s.ID()),
		},
		"verifier": hexOf(testVerifier[:]), "published": vectors,
	})
}
