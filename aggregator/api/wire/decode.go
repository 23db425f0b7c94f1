package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// FieldError says which part of a value is not as it should be, and why.
type FieldError struct {
	Path string // as in transfers[3].amount; empty for the value as a whole
	Err  error
}

// Error implements error.
func (e *FieldError) Error() string {
	if e.Path == "" {
		return e.Err.Error()
	}
	return e.Path + ": " + e.Err.Error()
}

// Unwrap returns Err.
func (e *FieldError) Unwrap() error { return e.Err }

// Decode reads one JSON value into what v points to, which is made of structs,
// slices, pointers, integers, booleans and this package's scalars. It is strict:
// fields have exactly the names of their "json" tags and are given once; only
// those marked omitempty may be missing; an integer is within its type, or within
// the number of bits in the field's "bits" tag; nothing is null; nothing follows.
// The error is a [FieldError] of the first fault. What v points to then has no
// meaning.
func Decode(data []byte, v any) error {
	d := &decoder{json: json.NewDecoder(bytes.NewReader(data))}
	d.json.UseNumber()
	if err := d.value(reflect.ValueOf(v).Elem(), 0); err != nil {
		return err
	}
	if _, err := d.json.Token(); !errors.Is(err, io.EOF) {
		return d.fail(errors.New("expected the end, found more data"))
	}
	return nil
}

// decoder walks JSON by its tokens, since encoding/json accepts fields that are
// given twice or in another case, and does not tell which are missing. It
// recurses along the type that is read into, so that deep input costs nothing.
type decoder struct {
	json *json.Decoder
	path []part
}

// part is a step on the way into a value: a field, or, without a name, an entry of
// a list.
type part struct {
	field string
	index int
}

// value reads a value. bits is the width of an integer, 0 for that of its type.
func (d *decoder) value(v reflect.Value, bits int) error {
	if s, ok := v.Addr().Interface().(scalar); ok {
		return d.scalar(s)
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return d.value(v.Elem(), bits)
	case reflect.Struct:
		return d.object(v)
	case reflect.Slice:
		return d.list(v)
	case reflect.Uint32, reflect.Uint64:
		if bits == 0 {
			bits = v.Type().Bits()
		}
		n, err := d.number(bits)
		if err == nil {
			v.SetUint(n)
		}
		return err
	case reflect.Int:
		n, err := d.number(31)
		if err == nil {
			v.SetInt(int64(n))
		}
		return err
	default:
		return d.fail(fmt.Errorf("type %s cannot be read", v.Type()))
	}
}

func (d *decoder) scalar(s scalar) error {
	token, err := d.token()
	if err != nil {
		return err
	}
	text, ok := token.(string)
	if !ok || s.UnmarshalText([]byte(text)) != nil {
		return d.expected(s.form(), token)
	}
	return nil
}

// number reads an integer of a width in bits.
func (d *decoder) number(bits int) (uint64, error) {
	token, err := d.token()
	if err != nil {
		return 0, err
	}
	if n, ok := token.(json.Number); ok {
		if v, err := strconv.ParseUint(n.String(), 10, bits); err == nil {
			return v, nil
		}
	}
	return 0, d.expected(fmt.Sprintf("an integer from 0 to 2^%d−1", bits), token)
}

func (d *decoder) list(v reflect.Value) error {
	if err := d.delimiter('[', "a list"); err != nil {
		return err
	}
	v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	for i := 0; d.json.More(); i++ {
		entry := reflect.New(v.Type().Elem()).Elem()
		if err := d.within(part{index: i}, entry, 0); err != nil {
			return err
		}
		v.Set(reflect.Append(v, entry))
	}
	return d.delimiter(']', "the end of the list")
}

// object reads an object with exactly the struct's fields, in any order.
func (d *decoder) object(v reflect.Value) error {
	if err := d.delimiter('{', "an object"); err != nil {
		return err
	}
	fields := fieldsOf(v.Type())
	var seen uint64 // a bit for each field
	for d.json.More() {
		token, err := d.token()
		if err != nil {
			return err
		}
		name, _ := token.(string) // Token returns nothing else for a name
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
		switch {
		case i < 0:
			return d.fail(fmt.Errorf("unknown field %s, expected %s", quote(name), names(fields)))
		case seen>>i&1 != 0:
			return d.fail(fmt.Errorf("field %q is given twice", name))
		}
		seen |= 1 << i
		if err := d.within(part{field: name}, v.FieldByIndex(fields[i].at), fields[i].bits); err != nil {
			return err
		}
	}
	if err := d.delimiter('}', "the end of the object"); err != nil {
		return err
	}
	for i, f := range fields {
		if seen>>i&1 == 0 && !f.optional {
			return d.fail(fmt.Errorf("field %q is missing", f.name))
		}
	}
	return nil
}

// field is a field of a struct, as its tags describe it.
type field struct {
	name     string
	optional bool
	bits     int // of an integer; 0 for those of its type
	at       []int
}

// known are the fields of the types that were read into: there are few.
var known sync.Map // of reflect.Type to []field

// fieldsOf returns the fields of a struct, which are at most 64.
func fieldsOf(typ reflect.Type) []field {
	if fields, ok := known.Load(typ); ok {
		return fields.([]field)
	}
	var fields []field
	for _, f := range reflect.VisibleFields(typ) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		bits, _ := strconv.Atoi(f.Tag.Get("bits")) // none is 0
		fields = append(fields, field{name: name, optional: options == "omitempty", bits: bits, at: f.Index})
	}
	known.Store(typ, fields)
	return fields
}

func names(fields []field) string {
	quoted := make([]string, len(fields))
	for i, f := range fields {
		quoted[i] = strconv.Quote(f.name)
	}
	return strings.Join(quoted, ", ")
}

func (d *decoder) within(p part, v reflect.Value, bits int) error {
	d.path = append(d.path, p)
	err := d.value(v, bits)
	d.path = d.path[:len(d.path)-1]
	return err
}

func (d *decoder) delimiter(want json.Delim, what string) error {
	token, err := d.token()
	if err == nil && token != want {
		err = d.expected(what, token)
	}
	return err
}

func (d *decoder) token() (json.Token, error) {
	token, err := d.json.Token()
	switch {
	case err == nil:
		return token, nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, d.fail(errors.New("the value ends too early"))
	default:
		return nil, d.fail(fmt.Errorf("not JSON: %w", err))
	}
}

func (d *decoder) fail(err error) error {
	var path strings.Builder
	for i, p := range d.path {
		switch {
		case p.field == "":
			fmt.Fprintf(&path, "[%d]", p.index)
		case i == 0:
			path.WriteString(p.field)
		default:
			path.WriteString("." + p.field)
		}
	}
	return &FieldError{Path: path.String(), Err: err}
}

func (d *decoder) expected(what string, found json.Token) error {
	var text string
	switch v := found.(type) {
	case json.Delim:
		text = v.String()
	case json.Number:
		text = v.String()
	case string:
		text = quote(v)
	case nil:
		text = "null"
	default:
		text = fmt.Sprint(v)
	}
	return d.fail(fmt.Errorf("expected %s, found %s", what, shorten(text)))
}

func quote(s string) string { return shorten(strconv.Quote(shorten(s))) }

// shorten keeps an answer about wrong input from being as long as the input.
func shorten(s string) string {
	const longest = 160
	if len(s) > longest {
		return strings.ToValidUTF8(s[:longest], "") + "…"
	}
	return s
}
