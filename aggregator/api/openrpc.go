package api

import (
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/ethereum/go-ethereum/rpc"

	"github.com/quirezk/quire/aggregator/api/wire"
)

// openRPC is an OpenRPC document (https://spec.open-rpc.org), as far as ours goes.
type openRPC struct {
	OpenRPC    string          `json:"openrpc"`
	Info       openRPCInfo     `json:"info"`
	Methods    []openRPCMethod `json:"methods"`
	Components struct {
		Schemas map[string]*schema `json:"schemas"`
	} `json:"components"`
}

type openRPCInfo struct {
	Title       string `json:"title"`
	Version     string `json:"version"`
	Description string `json:"description"`
}

type openRPCMethod struct {
	Name           string              `json:"name"`
	Summary        string              `json:"summary"`
	ParamStructure string              `json:"paramStructure"`
	Params         []openRPCDescriptor `json:"params"`
	Result         openRPCDescriptor   `json:"result"`
	Errors         []openRPCError      `json:"errors,omitempty"`
	// Subscriptions is an extension: what quire_subscribe can be told, and what
	// then comes.
	Subscriptions []openRPCMethod `json:"x-subscriptions,omitempty"`
}

type openRPCDescriptor struct {
	Name        string  `json:"name"`
	Description string  `json:"description"`
	Required    bool    `json:"required,omitempty"`
	Schema      *schema `json:"schema"`
}

type openRPCError struct {
	Code    wire.Code `json:"code"`
	Message string    `json:"message"`
	Data    string    `json:"data"`
}

// schema is a JSON Schema.
type schema struct {
	Ref         string             `json:"$ref,omitempty"`
	Type        string             `json:"type,omitempty"`
	Description string             `json:"description,omitempty"`
	Pattern     string             `json:"pattern,omitempty"`
	Enum        []string           `json:"enum,omitempty"`
	Minimum     *int               `json:"minimum,omitempty"`
	Maximum     *big.Int           `json:"maximum,omitempty"`
	Items       *schema            `json:"items,omitempty"`
	MinItems    int                `json:"minItems,omitempty"`
	MaxItems    int                `json:"maxItems,omitempty"`
	Properties  map[string]*schema `json:"properties,omitempty"`
	Required    []string           `json:"required,omitempty"`
	AllOf       []*schema          `json:"allOf,omitempty"`
}

// interfaceVersion is the version of the interface: its first number changes when
// a client of the version before would no longer work.
const interfaceVersion = "1.0.0"

// Document returns the OpenRPC document of the public methods, made from the
// methods themselves.
func Document() (json.RawMessage, error) {
	return document("Quire", "A node of the Quire rollup. See docs/rpc.md.", Namespace, &methods{}, documentation)
}

// AdminDocument returns that of the operator's methods.
func AdminDocument() (json.RawMessage, error) {
	return document("Quire, operator", "The operator's methods of a node of the Quire rollup. See docs/rpc.md.",
		AdminNamespace, &adminMethods{}, adminDocumentation)
}

func document(title, description, namespace string, receiver any, docs map[string]methodDoc) (json.RawMessage, error) {
	d := openRPC{OpenRPC: "1.2.6", Info: openRPCInfo{Title: title, Version: interfaceVersion, Description: description}}
	d.Components.Schemas = make(map[string]*schema)
	g := generator{schemas: d.Components.Schemas}
	used := make(map[string]bool)
	var subscriptions []openRPCMethod
	typ := reflect.TypeOf(receiver)
	for i := range typ.NumMethod() {
		method := typ.Method(i)
		name := lowerFirst(method.Name)
		subscription := method.Type.NumOut() > 0 && method.Type.Out(0) == reflect.TypeFor[*rpc.Subscription]()
		key := name
		if subscription {
			key += "*"
		}
		doc, ok := docs[key]
		if !ok {
			return nil, fmt.Errorf("method %s_%s is not described", namespace, name)
		}
		used[key] = true
		m, err := g.method(name, method.Type, doc)
		if err != nil {
			return nil, fmt.Errorf("method %s_%s: %w", namespace, name, err)
		}
		if subscription {
			subscriptions = append(subscriptions, m)
			continue
		}
		m.Name = namespace + "_" + name
		d.Methods = append(d.Methods, m)
	}
	for key := range docs {
		if !used[key] {
			return nil, fmt.Errorf("method %s_%s is described, but there is none", namespace, key)
		}
	}
	if len(subscriptions) > 0 {
		d.Methods = append(d.Methods, g.subscribe(namespace, subscriptions)...)
	}
	slices.SortFunc(d.Methods, func(a, b openRPCMethod) int { return strings.Compare(a.Name, b.Name) })
	out, err := json.MarshalIndent(&d, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(out, '\n'), nil
}

func lowerFirst(name string) string {
	r := []rune(name)
	r[0] = unicode.ToLower(r[0])
	return string(r)
}

// notified is what the notifications of a subscription are, by its name.
var notified = map[string]reflect.Type{
	"transfers": reflect.TypeFor[wire.TransferInfo](),
	"batches":   reflect.TypeFor[wire.BatchSummary](),
}

// generator makes schemas of types, and collects those of structs.
type generator struct{ schemas map[string]*schema }

// method describes a method by its type.
func (g *generator) method(name string, typ reflect.Type, doc methodDoc) (openRPCMethod, error) {
	m := openRPCMethod{Name: name, Summary: doc.summary, ParamStructure: "by-position", Params: []openRPCDescriptor{}}
	const before = 2 // receiver and context
	if got, want := typ.NumIn()-before, len(doc.params); got != want {
		return m, fmt.Errorf("%d parameters, %d are described", got, want)
	}
	if doc.summary == "" || doc.result == "" {
		return m, fmt.Errorf("summary or result is not described")
	}
	for i, p := range doc.params {
		of := typ.In(before + i)
		s, err := g.param(of)
		if err != nil {
			return m, fmt.Errorf("parameter %s: %w", p.name, err)
		}
		m.Params = append(m.Params, openRPCDescriptor{
			Name: p.name, Description: p.doc, Required: of.Kind() != reflect.Pointer, Schema: s,
		})
	}
	result := &schema{Type: "null"}
	if typ.NumOut() > 1 {
		of := typ.Out(0)
		if n, ok := notified[name]; ok {
			of = n
		}
		var err error
		if result, err = g.schema(of); err != nil {
			return m, fmt.Errorf("result: %w", err)
		}
	}
	m.Result = openRPCDescriptor{Name: "result", Description: doc.result, Schema: result}
	for _, e := range doc.errors {
		m.Errors = append(m.Errors, openRPCError{Code: e.Code, Message: e.Message, Data: e.Data.Name})
	}
	return m, nil
}

// param describes a parameter, which is read by way of a type of this package.
func (g *generator) param(typ reflect.Type) (*schema, error) {
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if typ == reflect.TypeFor[transferList]() {
		return g.schema(reflect.TypeFor[[]wire.SignedTransfer]())
	}
	if f, ok := paramField(typ); ok {
		return g.schema(f.Type)
	}
	return g.schema(typ)
}

// subscribe describes the methods that begin and end subscriptions.
func (g *generator) subscribe(namespace string, subscriptions []openRPCMethod) []openRPCMethod {
	var names []string
	var errors []openRPCError
	for _, s := range subscriptions {
		names = append(names, s.Name)
		for _, e := range s.Errors {
			if !slices.Contains(errors, e) {
				errors = append(errors, e)
			}
		}
	}
	id := &schema{Type: "string", Description: "the subscription's ID"}
	return []openRPCMethod{{
		Name:           namespace + "_subscribe",
		Summary:        "Begins a subscription, on a WebSocket only. Notifications are requests without an ID, of the method " + namespace + "_subscription. The last one of a subscription that the server ends has an error in place of its result.",
		ParamStructure: "by-position",
		Params: []openRPCDescriptor{
			{Name: "name", Description: "which subscription", Required: true, Schema: &schema{Type: "string", Enum: names}},
			{Name: "parameter", Description: "the subscription's own parameter: see x-subscriptions", Schema: &schema{}},
		},
		Result:        openRPCDescriptor{Name: "result", Description: "what names the subscription from now on", Schema: id},
		Errors:        errors,
		Subscriptions: subscriptions,
	}, {
		Name:           namespace + "_unsubscribe",
		Summary:        "Ends a subscription.",
		ParamStructure: "by-position",
		Params:         []openRPCDescriptor{{Name: "subscription", Description: "the subscription", Required: true, Schema: id}},
		Result:         openRPCDescriptor{Name: "result", Description: "whether there was one", Schema: &schema{Type: "boolean"}},
	}}
}

// scalars are the types whose JSON is a string, with its pattern.
var scalars = map[reflect.Type]schema{
	reflect.TypeFor[wire.Amount]():               {Pattern: "^(0|[1-9][0-9]{0,38})$", Description: "an amount in the token's smallest unit, below 2^128"},
	reflect.TypeFor[wire.Address]():              hexSchema(20, "an address on layer 1"),
	reflect.TypeFor[wire.Hash]():                 hexSchema(32, "an ID or a hash"),
	reflect.TypeFor[wire.Element]():              hexSchema(32, "an element of BN254's scalar field"),
	reflect.TypeFor[wire.Signature]():            hexSchema(64, "an EdDSA signature: R compressed, then S"),
	reflect.TypeFor[wire.RecoverableSignature](): hexSchema(65, "an ECDSA signature: r, s, v"),
	reflect.TypeFor[wire.State]():                enumSchema(wire.States()),
	reflect.TypeFor[wire.Status]():               enumSchema(wire.Statuses()),
	reflect.TypeFor[wire.Stage]():                enumSchema(wire.Stages()),
}

func hexSchema(size int, description string) schema {
	return schema{Pattern: fmt.Sprintf("^0x[0-9a-fA-F]{%d}$", 2*size), Description: description}
}

func enumSchema[T ~string](values []T) schema {
	var s schema
	for _, v := range values {
		s.Enum = append(s.Enum, string(v))
	}
	return s
}

// schema describes a type.
func (g *generator) schema(typ reflect.Type) (*schema, error) {
	if s, ok := scalars[typ]; ok {
		s.Type = "string"
		return &s, nil
	}
	if typ == reflect.TypeFor[json.RawMessage]() {
		return &schema{Type: "object"}, nil
	}
	switch typ.Kind() {
	case reflect.Pointer:
		return g.schema(typ.Elem())
	case reflect.Bool:
		return &schema{Type: "boolean"}, nil
	case reflect.String:
		return &schema{Type: "string"}, nil
	case reflect.Float64:
		return &schema{Type: "number"}, nil
	case reflect.Uint8, reflect.Uint32, reflect.Uint64:
		return integer(typ.Bits()), nil
	case reflect.Int, reflect.Int64:
		return &schema{Type: "integer"}, nil
	case reflect.Slice, reflect.Array:
		items, err := g.schema(typ.Elem())
		if err != nil {
			return nil, err
		}
		s := &schema{Type: "array", Items: items}
		if typ.Kind() == reflect.Array {
			s.MinItems, s.MaxItems = typ.Len(), typ.Len()
		}
		return s, nil
	case reflect.Struct:
		return g.object(typ)
	default:
		return nil, fmt.Errorf("type %s has no schema", typ)
	}
}

func integer(bits int) *schema {
	zero := 0
	most := new(big.Int).Lsh(big.NewInt(1), uint(bits))
	return &schema{Type: "integer", Minimum: &zero, Maximum: most.Sub(most, big.NewInt(1))}
}

// object describes a struct, once, and returns a reference to it.
func (g *generator) object(typ reflect.Type) (*schema, error) {
	ref := &schema{Ref: "#/components/schemas/" + typ.Name()}
	if g.schemas[typ.Name()] != nil {
		return ref, nil
	}
	s := &schema{Type: "object", Properties: make(map[string]*schema)}
	g.schemas[typ.Name()] = s
	for _, f := range reflect.VisibleFields(typ) {
		if f.Anonymous {
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		doc := f.Tag.Get("doc")
		if name == "" || doc == "" {
			return nil, fmt.Errorf("field %s.%s has no name or is not described", typ.Name(), f.Name)
		}
		property, err := g.schema(f.Type)
		if err != nil {
			return nil, fmt.Errorf("field %s.%s: %w", typ.Name(), f.Name, err)
		}
		if bits, err := strconv.Atoi(f.Tag.Get("bits")); err == nil {
			property = integer(bits)
		}
		if property.Ref != "" { // nothing may stand beside a reference
			property = &schema{AllOf: []*schema{property}}
		}
		property.Description = doc
		s.Properties[name] = property
		if options != "omitempty" {
			s.Required = append(s.Required, name)
		}
	}
	return ref, nil
}

// paramField returns the field of a [param] that has the value.
func paramField(typ reflect.Type) (reflect.StructField, bool) {
	if typ.Kind() != reflect.Struct || !strings.HasPrefix(typ.Name(), "param[") {
		return reflect.StructField{}, false
	}
	return typ.FieldByName("v")
}
