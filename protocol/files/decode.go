package files

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/quirezk/quire/protocol"
)

// SyntaxError says where and why a file is not what its format wants.
type SyntaxError struct {
	Line   int    // from 1
	Column int    // in bytes, from 1
	Path   string // as in accounts[3].balance; empty for the file as a whole
	Err    error
}

// Error implements error.
func (e *SyntaxError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("line %d, column %d: %v", e.Line, e.Column, e.Err)
	}
	return fmt.Sprintf("line %d, column %d: %s: %v", e.Line, e.Column, e.Path, e.Err)
}

// Unwrap returns Err.
func (e *SyntaxError) Unwrap() error { return e.Err }

// decoder walks JSON by its tokens, since encoding/json accepts fields given
// twice or in another case and does not tell lines. It keeps the first error
// and does nothing after it, so callers look once, at the end.
type decoder struct {
	data []byte
	json *json.Decoder
	path []string
	err  error
}

// decode reads the one object that a file is.
func decode(r io.Reader, fields func(d *decoder) []field) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	d := &decoder{data: data, json: json.NewDecoder(bytes.NewReader(data))}
	d.json.UseNumber()
	d.object(fields(d)...)
	if d.err != nil {
		return d.err
	}
	at := d.start()
	if _, err := d.json.Token(); !errors.Is(err, io.EOF) {
		d.failAt(at, errors.New("expected the end of the file, found more data"))
	}
	return d.err
}

// field is one field of an object, all of which are required.
type field struct {
	name string
	read func()
}

// object reads an object with exactly these fields, in any order.
func (d *decoder) object(fields ...field) {
	begin := d.start()
	if !d.delimiter('{', "an object") {
		return
	}
	seen := make([]bool, len(fields))
	for d.err == nil && d.json.More() {
		at := d.start()
		token, err := d.json.Token()
		if err != nil {
			d.failToken(at, err)
			return
		}
		name, _ := token.(string) // Token returns nothing else for a name
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
		switch {
		case i < 0:
			d.failAt(at, fmt.Errorf("unknown field %q, expected %s", name, names(fields)))
			return
		case seen[i]:
			d.failAt(at, fmt.Errorf("field %q is given twice", name))
			return
		}
		seen[i] = true
		d.within("."+name, fields[i].read)
	}
	if !d.delimiter('}', "the end of the object") {
		return
	}
	for i, f := range fields {
		if !seen[i] {
			d.failAt(begin, fmt.Errorf("field %q is missing", f.name))
			return
		}
	}
}

func names(fields []field) string {
	quoted := make([]string, len(fields))
	for i, f := range fields {
		quoted[i] = strconv.Quote(f.name)
	}
	return strings.Join(quoted, ", ")
}

// list reads an array; read is called once per entry.
func (d *decoder) list(read func(i int)) {
	if !d.delimiter('[', "a list") {
		return
	}
	for i := 0; d.err == nil && d.json.More(); i++ {
		d.within(fmt.Sprintf("[%d]", i), func() { read(i) })
	}
	d.delimiter(']', "the end of the list")
}

func (d *decoder) within(part string, read func()) {
	d.path = append(d.path, part)
	read()
	d.path = d.path[:len(d.path)-1]
}

func (d *decoder) delimiter(want json.Delim, what string) bool {
	token, at := d.token()
	if d.err == nil && token != want {
		d.expected(at, what, token)
	}
	return d.err == nil
}

// token returns the next token and the offset where it starts.
func (d *decoder) token() (json.Token, int) {
	if d.err != nil {
		return nil, 0
	}
	at := d.start()
	token, err := d.json.Token()
	if err != nil {
		d.failToken(at, err)
	}
	return token, at
}

// start returns the offset of the next token.
func (d *decoder) start() int {
	at := int(d.json.InputOffset())
	for at < len(d.data) && bytes.IndexByte([]byte(" \t\r\n,:"), d.data[at]) >= 0 {
		at++
	}
	return at
}

func (d *decoder) failAt(at int, err error) {
	if d.err != nil {
		return
	}
	before := d.data[:min(at, len(d.data))]
	d.err = &SyntaxError{
		Line:   1 + bytes.Count(before, []byte{'\n'}),
		Column: len(before) - bytes.LastIndexByte(before, '\n'),
		Path:   strings.TrimPrefix(strings.Join(d.path, ""), "."),
		Err:    err,
	}
}

func (d *decoder) failToken(at int, err error) {
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		d.failAt(len(d.data), errors.New("the file ends too early"))
	case errors.As(err, &syntax):
		d.failAt(at, fmt.Errorf("not JSON: %w", err))
	default:
		d.failAt(at, err)
	}
}

func (d *decoder) expected(at int, what string, found json.Token) {
	var text string
	switch v := found.(type) {
	case json.Delim:
		text = v.String()
	case json.Number:
		text = v.String()
	case string:
		text = strconv.Quote(v)
	case nil:
		text = "null"
	default:
		text = fmt.Sprint(v)
	}
	const longest = 160
	if len(text) > longest {
		text = text[:longest] + "…"
	}
	d.failAt(at, fmt.Errorf("expected %s, found %s", what, text))
}

// uint reads an integer of a width in bits.
func (d *decoder) uint(bits int) uint64 {
	token, at := d.token()
	if d.err != nil {
		return 0
	}
	if n, ok := token.(json.Number); ok {
		if v, err := strconv.ParseUint(n.String(), 10, 64); err == nil && v>>bits == 0 {
			return v
		}
	}
	d.expected(at, fmt.Sprintf("an integer from 0 to 2^%d−1", bits), token)
	return 0
}

func (d *decoder) index() protocol.Index { return protocol.Index(d.uint(protocol.IndexBits)) }
func (d *decoder) tokenID() protocol.Token {
	return protocol.Token(d.uint(protocol.TokenBits))
}

func (d *decoder) bool() bool {
	token, at := d.token()
	v, ok := token.(bool)
	if d.err == nil && !ok {
		d.expected(at, "true or false", token)
	}
	return v
}

// text reads a string that accept takes.
func (d *decoder) text(what string, accept func(string) bool) {
	token, at := d.token()
	if d.err != nil {
		return
	}
	if s, ok := token.(string); !ok || !accept(s) {
		d.expected(at, what, token)
	}
}

func (d *decoder) amount() (x protocol.Amount) {
	d.text("a string of decimal digits, without leading zeros, below 2^128", func(s string) bool {
		const longest = 39 // digits of 2^128
		if s == "" || len(s) > longest || s[0] == '0' && s != "0" {
			return false
		}
		for _, c := range []byte(s) {
			if c < '0' || c > '9' {
				return false
			}
		}
		return x.SetFromDecimal(s) == nil && x.BitLen() <= protocol.BalanceBits
	})
	return x
}

func (d *decoder) element() (e fr.Element) {
	d.text(`a field element: a string of "0x" and 64 lower-case hexadecimal digits, below the modulus`, func(s string) bool {
		var err error
		e, err = ParseElement(s)
		return err == nil
	})
	return e
}

func (d *decoder) owner() (o protocol.Owner) {
	d.text(`a layer-1 address: a string of "0x" and 40 lower-case hexadecimal digits`, func(s string) bool {
		return parseHex(o[:], s)
	})
	return o
}

func (d *decoder) signature() (sig protocol.Signature) {
	token, at := d.token()
	if d.err != nil {
		return sig
	}
	var b [protocol.SignatureSize]byte
	if s, ok := token.(string); !ok || !parseHex(b[:], s) {
		d.expected(at, `a signature: a string of "0x" and 128 lower-case hexadecimal digits`, token)
		return sig
	}
	sig, err := protocol.ParseSignature(b)
	if err != nil {
		d.failAt(at, err)
	}
	return sig
}

func (d *decoder) key() (k protocol.PublicKey) {
	d.object(
		field{"x", func() { k.X = d.element() }},
		field{"y", func() { k.Y = d.element() }},
	)
	return k
}

// format reads the name of the file's format.
func (d *decoder) format(want string) {
	d.text(strconv.Quote(want), func(s string) bool { return s == want })
}

// ParseElement reads the canonical form of a field element: "0x" and 64
// lower-case hexadecimal digits, below the modulus.
func ParseElement(s string) (fr.Element, error) {
	var e fr.Element
	var b [fr.Bytes]byte
	if !parseHex(b[:], s) {
		return e, fmt.Errorf("%q is not 0x and %d lower-case hexadecimal digits", s, 2*len(b))
	}
	if err := e.SetBytesCanonical(b[:]); err != nil {
		return e, fmt.Errorf("%s is not below the field's modulus", s)
	}
	return e, nil
}

// FormatElement returns the form that [ParseElement] reads.
func FormatElement(e fr.Element) string {
	b := e.Bytes()
	return formatHex(b[:])
}

func parseHex(dst []byte, s string) bool {
	if len(s) != 2+2*len(dst) || s[:2] != "0x" || s != strings.ToLower(s) {
		return false
	}
	_, err := hex.Decode(dst, []byte(s[2:]))
	return err == nil
}

func formatHex(b []byte) string { return "0x" + hex.EncodeToString(b) }
