package prover

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"runtime/debug"

	"github.com/consensys/gnark"
)

// ManifestVersion is the version of the key directory's format. A directory of
// another version is refused, not converted: keys can always be made or fetched
// again.
const ManifestVersion = 1

const manifestFormat = "quire-keys"

// maxManifestSize bounds what is read of a file that calls itself a manifest.
const maxManifestSize = 64 << 10

// Kind says where keys come from, and with that what they may be used for.
type Kind string

const (
	// KindDevelopment is keys from a single machine's setup. Whoever ran it could
	// have kept the secret and can then prove anything.
	KindDevelopment Kind = "development"
	// KindCeremony is keys from a multi-party ceremony, safe if one contributor
	// was honest.
	KindCeremony Kind = "ceremony"
)

// DevelopmentWarning stands in the manifest of development keys, and is what a
// program should say when it makes or uses them.
const DevelopmentWarning = "DEVELOPMENT KEYS: made on one machine without a ceremony. " +
	"Whoever made them can forge proofs. Never use them where real value is at stake."

// Names of the files of a key directory.
const (
	ManifestFile     = "manifest.json"
	CircuitFile      = "circuit.r1cs"
	ProvingKeyFile   = "proving.key"
	VerifyingKeyFile = "verifying.key"
)

// Manifest says what a key directory holds. It has no time in it: the same keys
// have the same manifest.
type Manifest struct {
	Format    string          `json:"format"`
	Version   int             `json:"version"`
	Kind      Kind            `json:"kind"`
	Warning   string          `json:"warning,omitempty"`
	Shape     ManifestShape   `json:"shape"`
	Circuit   ManifestCircuit `json:"circuit"`
	Files     ManifestFiles   `json:"files"`
	CreatedBy ManifestOrigin  `json:"createdBy"`
}

// ManifestShape is a [Design]. A circuit that is not made to a shape has no
// capacities: their members are left out.
type ManifestShape struct {
	Name string `json:"name"`
	*Capacities
}

// ManifestCircuit identifies the constraint system and its proof system.
type ManifestCircuit struct {
	Digest       Digest `json:"digest"`
	Curve        string `json:"curve"`
	Backend      string `json:"backend"`
	Constraints  int    `json:"constraints"`
	PublicInputs int    `json:"publicInputs"`
	Commitments  int    `json:"commitments"`
}

// ManifestFiles is what each file of the directory must be.
type ManifestFiles struct {
	Circuit      ManifestEntry `json:"circuit"`
	ProvingKey   ManifestEntry `json:"provingKey"`
	VerifyingKey ManifestEntry `json:"verifyingKey"`
}

// ManifestEntry is the name, the size in bytes and the SHA-256 of one file.
type ManifestEntry struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 Digest `json:"sha256"`
}

// ManifestOrigin is the software that made the keys.
type ManifestOrigin struct {
	Module   string `json:"module"`
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Gnark    string `json:"gnark"`
}

func newManifestShape(d Design) ManifestShape {
	s := ManifestShape{Name: d.Name}
	if d.Capacities != (Capacities{}) {
		s.Capacities = &d.Capacities
	}
	return s
}

func (s ManifestShape) design() Design {
	d := Design{Name: s.Name}
	if s.Capacities != nil {
		d.Capacities = *s.Capacities
	}
	return d
}

// newManifest describes the keys of a circuit, the files' entries aside.
func newManifest(c *Circuit, kind Kind) Manifest {
	m := Manifest{
		Format:  manifestFormat,
		Version: ManifestVersion,
		Kind:    kind,
		Shape:   newManifestShape(c.design),
		Circuit: ManifestCircuit{
			Digest: c.digest, Curve: "bn254", Backend: "groth16",
			Constraints: c.Constraints(), PublicInputs: PublicInputs, Commitments: Commitments,
		},
		CreatedBy: thisSoftware(),
	}
	if kind == KindDevelopment {
		m.Warning = DevelopmentWarning
	}
	return m
}

func thisSoftware() ManifestOrigin {
	o := ManifestOrigin{Module: "github.com/quirezk/quire", Version: "(devel)", Gnark: "v" + gnark.Version.String()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return o
	}
	if info.Main.Path == o.Module && info.Main.Version != "" {
		o.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			o.Revision = s.Value
		}
	}
	// The module's version is exact; the constant in gnark's source is not raised
	// for each release.
	for _, d := range info.Deps {
		if d.Path == "github.com/consensys/gnark" {
			o.Gnark = d.Version
		}
	}
	return o
}

// Encode returns the manifest as it is written: indented JSON with a final newline.
func (m *Manifest) Encode() ([]byte, error) {
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(b, '\n'), nil
}

// DecodeManifest reads a manifest. It refuses unknown members, trailing data,
// other versions, and file names other than the package's own, so that a
// manifest cannot point outside its directory.
func DecodeManifest(data []byte) (*Manifest, error) {
	if len(data) > maxManifestSize {
		return nil, fmt.Errorf("manifest is longer than %d bytes", maxManifestSize)
	}
	// The version comes first: a later format may well have other members.
	var head struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("manifest is not JSON of the expected form: %w", located(data, err))
	}
	if head.Format != manifestFormat {
		return nil, fmt.Errorf("manifest format: want %q, got %q", manifestFormat, head.Format)
	}
	if head.Version != ManifestVersion {
		return nil, fmt.Errorf("%w: manifest version: want %d, got %d", ErrKeysForeign, ManifestVersion, head.Version)
	}
	var m Manifest
	if err := decodeStrict(data, &m); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	return &m, m.check()
}

func (m *Manifest) check() error {
	switch {
	case m.Kind != KindDevelopment && m.Kind != KindCeremony:
		return fmt.Errorf("manifest kind: want %q or %q, got %q", KindDevelopment, KindCeremony, m.Kind)
	case (m.Kind == KindDevelopment) != (m.Warning == DevelopmentWarning):
		return errors.New("manifest warning: must stand beside development keys, in full, and nowhere else")
	case m.Circuit.Curve != "bn254" || m.Circuit.Backend != "groth16":
		return fmt.Errorf("manifest circuit: want groth16 over bn254, got %q over %q", m.Circuit.Backend, m.Circuit.Curve)
	case m.Circuit.PublicInputs != PublicInputs || m.Circuit.Commitments != Commitments:
		return fmt.Errorf("manifest circuit: want %d public inputs and %d commitment, got %d and %d",
			PublicInputs, Commitments, m.Circuit.PublicInputs, m.Circuit.Commitments)
	case m.Shape.Capacities != nil && *m.Shape.Capacities == (Capacities{}):
		return errors.New("manifest shape: a circuit without capacities must not list them")
	case m.Circuit.Digest != m.Files.Circuit.SHA256:
		return errors.New("manifest circuit: digest differs from the constraint system file's SHA-256")
	}
	for _, f := range []struct {
		entry ManifestEntry
		name  string
	}{{m.Files.Circuit, CircuitFile}, {m.Files.ProvingKey, ProvingKeyFile}, {m.Files.VerifyingKey, VerifyingKeyFile}} {
		if f.entry.Name != f.name {
			return fmt.Errorf("manifest files: want name %q, got %q", f.name, f.entry.Name)
		}
		if f.entry.Size <= 0 {
			return fmt.Errorf("manifest files: %s: size must be above 0, got %d", f.name, f.entry.Size)
		}
	}
	return nil
}

// decodeStrict reads one JSON value that says nothing but what v holds: no
// unknown, repeated or reordered members, none in another case, no second way of
// writing a value, nothing behind it. White space is free.
func decodeStrict(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields() // for its message; the comparison below would find them too
	if err := d.Decode(v); err != nil {
		return located(data, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("unexpected data after the JSON value")
	}
	want, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var got bytes.Buffer
	if err := json.Compact(&got, data); err != nil {
		return err
	}
	if !bytes.Equal(got.Bytes(), want) {
		return errors.New("members must stand once each, in the documented order and spelling")
	}
	return nil
}

// located adds to an error of encoding/json where it was found, as far as it says.
func located(data []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	var offset int64
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
		err = fmt.Errorf("want %s, found %s", jsonKind(kind.Type), kind.Value)
		if kind.Field != "" {
			err = fmt.Errorf("%s: %w", kind.Field, err)
		}
	default:
		return err
	}
	// The offset is behind what was found wrong.
	before := data[:min(max(0, offset-1), int64(len(data)))]
	line := 1 + bytes.Count(before, []byte{'\n'})
	return fmt.Errorf("line %d, column %d: %w", line, len(before)-bytes.LastIndexByte(before, '\n'), err)
}

// jsonKind is how JSON calls the values of a type.
func jsonKind(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct:
		return "an object"
	case reflect.Slice:
		return "a list"
	case reflect.String:
		return "a string"
	case reflect.Int, reflect.Int64:
		return "an integer"
	default:
		return t.String()
	}
}
