package statetree

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/protocol"
)

// TestRecords pins the records byte by byte: what is on disk is not this
// package's to change without raising formatVersion. The checksums are from
// another implementation of SHA-256.
func TestRecords(t *testing.T) {
	a := protocol.Account{Token: 0x01020304, Nonce: 0x0506070809}
	a.Key.X.SetUint64(0xaa)
	a.Key.Y.SetUint64(0xbb)
	for i := range a.Owner {
		a.Owner[i] = byte(i)
	}
	a.Balance.SetUint64(0xcc)
	children := [arity]fr.Element{empty[4], fr.NewElement(0xdd), empty[4], fr.NewElement(0xee)}
	root := fr.NewElement(0x77)
	word := func(low string) string { return strings.Repeat("00", 31) + low }
	for _, c := range []struct {
		name    string
		payload []byte
		key     Key
		hash    *fr.Element
		want    string
	}{
		{"account", appendAccount(nil, &a), accountKey(9), &root,
			word("aa") + word("bb") + "000102030405060708090a0b0c0d0e0f10111213" + "01020304" + "0506070809" + strings.Repeat("00", 15) + "cc" + "aa8cb549ac032343"},
		{"node", appendNode(nil, 3, &children), nodeKey(3, 9), &root, "0a" + word("dd") + word("ee") + "087e7f04b663ea2e"},
		{"head", appendHead(nil, &head{root: root, version: 0x99, meta: []byte("me")}), headKey, nil, "00000099" + word("77") + "6d65" + "6cd254b57b4c51e7"},
		{"format", appendFormat(nil, 1), formatKey, nil, "71756972652f737461746574726565" + "00000001" + "f94590f36f09e74f"},
	} {
		if got := hex.EncodeToString(seal(c.payload, c.key, c.hash)); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// overModulus is r itself, which stands for 0 and must not.
func overModulus() []byte { return fr.Modulus().Bytes() }

func TestMultiProofEncoding(t *testing.T) {
	tree, m := populated(t, 17, 12)
	s := mustSnapshot(t, tree)
	indices := []protocol.Index{5}
	for i := range m {
		indices = append(indices, i)
	}
	mp, err := s.MultiProof(indices)
	if err != nil {
		t.Fatal(err)
	}
	good, err := mp.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	if len(good) != multiProofHeader+len(mp.Nodes)*multiProofNode {
		t.Errorf("%d bytes for %d nodes", len(good), len(mp.Nodes))
	}
	var back MultiProof
	if err := back.UnmarshalBinary(good); err != nil {
		t.Fatal(err)
	}
	if err := back.Verify(s.Root()); err != nil {
		t.Error(err)
	}
	with := func(at int, b ...byte) []byte {
		changed := bytes.Clone(good)
		copy(changed[at:], b)
		return changed
	}
	for _, c := range []struct {
		name string
		b    []byte
		says string
	}{
		{"nothing", nil, "header"},
		{"half a header", good[:4], "header"},
		{"another version", with(0, 2), "version 2"},
		{"no nodes", []byte{1, 0, 0, 0, 0}, "root"},
		{"more nodes than bytes", with(1, 0xff, 0xff, 0xff, 0xff), "4294967295 nodes"},
		{"cut", good[:len(good)-1], "nodes take"},
		{"extended", append(bytes.Clone(good), 0), "nodes take"},
		{"root elsewhere", with(multiProofHeader, 1), "root"},
		{"r for a child", with(multiProofHeader+5+3*32, overModulus()...), "node 0, child 3"},
		{"level 16", with(multiProofHeader+multiProofNode, 16), "node 1"},
	} {
		kept := MultiProof{mp.Nodes}
		err := kept.UnmarshalBinary(c.b)
		if !errors.Is(err, ErrEncoding) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: error %v", c.name, err)
		}
		if len(kept.Nodes) != len(mp.Nodes) {
			t.Errorf("%s: the proof was changed", c.name)
		}
	}
	if _, err := (&MultiProof{mp.Nodes[1:]}).MarshalBinary(); !errors.Is(err, ErrEncoding) {
		t.Errorf("encoded without a root: error %v", err)
	}
}

func FuzzMultiProof(f *testing.F) {
	empty, err := (&MultiProof{make([]Node, 1)}).MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	nodes, _, _ := newFrontier([]protocol.Index{70_000})
	some, err := (&MultiProof{nodes}).MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	for _, b := range [][]byte{nil, empty, some, some[:len(some)-1]} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var p MultiProof
		if err := p.UnmarshalBinary(b); err != nil {
			if !errors.Is(err, ErrEncoding) || p.Nodes != nil {
				t.Fatalf("error %v, %d nodes", err, len(p.Nodes))
			}
			return
		}
		again, err := p.MarshalBinary()
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("two encodings of one proof: %v", err)
		}
		if _, err := p.Leaf(1); err != nil && !errors.Is(err, ErrNotCovered) {
			t.Fatal(err)
		}
	})
}

func FuzzNodeRecord(f *testing.F) {
	children := [arity]fr.Element{empty[6], fr.NewElement(5), empty[6], fr.NewElement(6)}
	f.Add(appendNode(nil, 5, &children), byte(5))
	children[0], children[2] = fr.NewElement(7), fr.NewElement(8)
	f.Add(appendNode(nil, 15, &children), byte(15))
	f.Add([]byte{}, byte(0))
	f.Add(append([]byte{1}, overModulus()...), byte(3))
	f.Fuzz(func(t *testing.T, b []byte, level byte) {
		l := int(level % depth)
		children, err := parseNode(b, l)
		if err == nil && !bytes.Equal(appendNode(nil, l, &children), b) {
			t.Fatal("two encodings of one node")
		}
	})
}

func FuzzAccountRecord(f *testing.F) {
	a := randomAccount(newRand(1))
	f.Add(appendAccount(nil, &a))
	f.Add(make([]byte, accountBytes))
	f.Add(append(overModulus(), make([]byte, accountBytes-fr.Bytes)...))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := parseAccount(b)
		if err != nil {
			return
		}
		if err := a.Validate(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(appendAccount(nil, &a), b) {
			t.Fatal("two encodings of one account")
		}
	})
}

func FuzzHeadRecord(f *testing.F) {
	f.Add(appendHead(nil, &head{root: empty[0]}))
	f.Add(appendHead(nil, &head{root: fr.One(), version: 7, meta: []byte("meta")}))
	f.Add(append(binary.BigEndian.AppendUint32(nil, 1), overModulus()...))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := parseHead(b)
		if err == nil && !bytes.Equal(appendHead(nil, &h), b) {
			t.Fatal("two encodings of one head")
		}
	})
}

func FuzzFormatRecord(f *testing.F) {
	f.Add(appendFormat(nil, 1))
	f.Add([]byte(formatMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		version, err := parseFormat(b)
		if err == nil && !bytes.Equal(appendFormat(nil, version), b) {
			t.Fatal("two encodings of one format")
		}
	})
}
