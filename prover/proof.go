package prover

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fp"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/backend"
	groth16bn254 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/consensys/gnark/backend/solidity"
)

// ProofVersion is the version of the proof file's format.
const ProofVersion = 1

const proofFormat = "quire-proof"

// ProofWords is the number of 32-byte words of a proof as layer 1 takes it:
// Ar (x, y), Bs (x1, x0, y1, y0), Krs (x, y), the commitment (x, y) and its proof
// of knowledge (x, y).
const ProofWords = 12

// MaxPublished bounds the published bytes of a proof file. Calldata of one
// transaction could not carry more.
const MaxPublished = 1 << 20

// maxProofFile is the longest proof file: two hexadecimal digits per published
// byte, and room for the rest.
const maxProofFile = 2*MaxPublished + 16<<10

// Statement is the three public inputs of every circuit that layer 1 sees
// (docs/protocol.md, "Binding").
type Statement struct {
	D fr.Element // digest of the published vector
	Z fr.Element // challenge
	Y fr.Element // the vector evaluated at the challenge
}

// Proof is a proof with what it is about. Its fields are plain data: use
// [VerifyingKey.Verify] before believing any of them.
type Proof struct {
	Shape     string   // name of the circuit: a shape's, or that of a circuit without shapes
	Circuit   Digest   // of the constraint system
	Verifier  [20]byte // layer-1 address that the challenge binds
	Statement Statement
	Published []byte               // published bytes, as layer 1 is given them
	Words     [ProofWords][32]byte // big-endian, in the order of [ProofWords]
}

// Calldata returns the proof's words one after the other, as the layer-1 verifier
// takes them.
func (p *Proof) Calldata() []byte {
	out := make([]byte, 0, ProofWords*32)
	for _, w := range p.Words {
		out = append(out, w[:]...)
	}
	return out
}

// setPoints takes the points of a gnark proof.
func (p *Proof) setPoints(raw *groth16bn254.Proof) error {
	words := raw.MarshalSolidity()
	if len(words) != ProofWords*32 {
		return fmt.Errorf("%w: a proof of %d bytes, want %d", ErrCircuitForm, len(words), ProofWords*32)
	}
	for i := range p.Words {
		copy(p.Words[i][:], words[32*i:])
	}
	return nil
}

// points returns the proof as gnark has it. Coordinates that are not reduced and
// points at infinity, off their curve or outside their subgroup are refused.
//
// gnark's own reader is not used: it also takes compressed points, so a flag bit
// in one word moves the place where it looks for the number of commitments, and
// a forged number makes it allocate gigabytes.
func (p *Proof) points() (*groth16bn254.Proof, error) {
	var proof groth16bn254.Proof
	proof.Commitments = make([]bn254.G1Affine, Commitments)
	// The order is that of MarshalSolidity, the reverse of setPoints.
	for i, to := range []*fp.Element{
		&proof.Ar.X, &proof.Ar.Y,
		&proof.Bs.X.A1, &proof.Bs.X.A0, &proof.Bs.Y.A1, &proof.Bs.Y.A0,
		&proof.Krs.X, &proof.Krs.Y,
		&proof.Commitments[0].X, &proof.Commitments[0].Y,
		&proof.CommitmentPok.X, &proof.CommitmentPok.Y,
	} {
		if err := to.SetBytesCanonical(p.Words[i][:]); err != nil {
			return nil, fmt.Errorf("%w: word %d: not below the order of BN254's base field", ErrInvalidProof, i)
		}
	}
	for _, point := range []struct {
		name string
		affinePoint
	}{
		{"Ar", &proof.Ar}, {"Bs", &proof.Bs}, {"Krs", &proof.Krs},
		{"the commitment", &proof.Commitments[0]}, {"the commitment's proof of knowledge", &proof.CommitmentPok},
	} {
		// An honest proof has a point at infinity with negligible probability.
		if point.IsInfinity() || !point.IsOnCurve() || !point.IsInSubGroup() {
			return nil, fmt.Errorf("%w: %s is at infinity, off its curve or outside its subgroup", ErrInvalidProof, point.name)
		}
	}
	return &proof, nil
}

// affinePoint is what G1 and G2 have in common here.
type affinePoint interface {
	IsInfinity() bool
	IsOnCurve() bool
	IsInSubGroup() bool
}

// Verify says whether the key accepts the proof for its statement. A proof for
// another circuit, or one that does not verify, is an
// [ErrInvalidProof].
//
// It does not look at the published bytes: whether the statement is about them is
// for the caller to compute (docs/protocol.md, "Binding").
func (v *VerifyingKey) Verify(p *Proof) error {
	if p.Shape != v.design.Name || p.Circuit != v.Digest() {
		return fmt.Errorf("%w: made for circuit %q, constraint system %s; the key is for circuit %q, constraint system %s",
			ErrInvalidProof, p.Shape, p.Circuit, v.design.Name, v.Digest())
	}
	points, err := p.points()
	if err != nil {
		return err
	}
	public := fr.Vector{p.Statement.D, p.Statement.Z, p.Statement.Y}
	err = groth16bn254.Verify(points, v.key, public, solidity.WithVerifierTargetSolidityVerifier(backend.GROTH16))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalidProof, err)
	}
	return nil
}

// proofJSON is the written form of a [Proof] (docs/prover.md).
type proofJSON struct {
	Format    string        `json:"format"`
	Version   int           `json:"version"`
	Shape     string        `json:"shape"`
	Circuit   string        `json:"circuit"`
	Verifier  string        `json:"verifier"`
	Statement statementJSON `json:"statement"`
	Proof     []string      `json:"proof"`
	Published string        `json:"published"`
}

type statementJSON struct {
	D string `json:"digest"`
	Z string `json:"challenge"`
	Y string `json:"evaluation"`
}

// Encode returns the written form of the proof, which [DecodeProof] reads.
func (p *Proof) Encode() ([]byte, error) {
	if len(p.Published) > MaxPublished {
		return nil, fmt.Errorf("%w: %d published bytes, at most %d fit", ErrProofFormat, len(p.Published), MaxPublished)
	}
	if err := checkName(p.Shape); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProofFormat, err)
	}
	j := proofJSON{
		Format:    proofFormat,
		Version:   ProofVersion,
		Shape:     p.Shape,
		Circuit:   p.Circuit.String(),
		Verifier:  toHex(p.Verifier[:]),
		Published: toHex(p.Published),
		Proof:     make([]string, ProofWords),
	}
	for i, w := range p.Words {
		j.Proof[i] = toHex(w[:])
	}
	d, z, y := p.Statement.D.Bytes(), p.Statement.Z.Bytes(), p.Statement.Y.Bytes()
	j.Statement = statementJSON{D: toHex(d[:]), Z: toHex(z[:]), Y: toHex(y[:])}
	out, err := json.MarshalIndent(j, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProofFormat, err)
	}
	return append(out, '\n'), nil
}

// DecodeProof reads the written form of a proof. It refuses unknown members,
// trailing data, numbers that are not reduced and every second way of writing a
// value, each with the member's name: an [ErrProofFormat]. It does not verify,
// and says nothing of whether the words are points.
func DecodeProof(data []byte) (*Proof, error) {
	p, err := decodeProof(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProofFormat, err)
	}
	return p, nil
}

func decodeProof(data []byte) (*Proof, error) {
	if len(data) > maxProofFile {
		return nil, fmt.Errorf("%d bytes, want at most %d", len(data), maxProofFile)
	}
	var head struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, located(data, err)
	}
	if head.Format != proofFormat {
		return nil, fmt.Errorf("format: want %q, got %q", proofFormat, head.Format)
	}
	if head.Version != ProofVersion {
		return nil, fmt.Errorf("version: want %d, got %d", ProofVersion, head.Version)
	}
	var j proofJSON
	if err := decodeStrict(data, &j); err != nil {
		return nil, err
	}
	p := &Proof{Shape: j.Shape}
	if err := checkName(j.Shape); err != nil {
		return nil, fmt.Errorf("shape: %w", err)
	}
	var err error
	if p.Circuit, err = ParseDigest(j.Circuit); err != nil {
		return nil, fmt.Errorf("circuit: %w", err)
	}
	if err := fromHex("verifier", j.Verifier, p.Verifier[:]); err != nil {
		return nil, err
	}
	for _, e := range []struct {
		name, text string
		to         *fr.Element
	}{
		{"statement.digest", j.Statement.D, &p.Statement.D},
		{"statement.challenge", j.Statement.Z, &p.Statement.Z},
		{"statement.evaluation", j.Statement.Y, &p.Statement.Y},
	} {
		var b [fr.Bytes]byte
		if err := fromHex(e.name, e.text, b[:]); err != nil {
			return nil, err
		}
		if err := e.to.SetBytesCanonical(b[:]); err != nil {
			return nil, fmt.Errorf("%s: not below the order of BN254's scalar field", e.name)
		}
	}
	if len(j.Proof) != ProofWords {
		return nil, fmt.Errorf("proof: want %d words, got %d", ProofWords, len(j.Proof))
	}
	for i, text := range j.Proof {
		if err := fromHex(fmt.Sprintf("proof[%d]", i), text, p.Words[i][:]); err != nil {
			return nil, err
		}
	}
	if n := (len(j.Published) - 2) / 2; n > MaxPublished {
		return nil, fmt.Errorf("published: %d bytes, want at most %d", n, MaxPublished)
	}
	p.Published = make([]byte, max(0, (len(j.Published)-2)/2))
	if err := fromHex("published", j.Published, p.Published); err != nil {
		return nil, err
	}
	return p, nil
}

func toHex(b []byte) string { return "0x" + hex.EncodeToString(b) }

// fromHex fills to from text, which must be just what toHex writes.
func fromHex(name, text string, to []byte) error {
	digits, ok := strings.CutPrefix(text, "0x")
	if !ok {
		return fmt.Errorf("%s: must begin with 0x", name)
	}
	if len(digits) != 2*len(to) {
		return fmt.Errorf("%s: want 0x and %d hexadecimal digits, got %d", name, 2*len(to), len(digits))
	}
	if _, err := hex.Decode(to, []byte(digits)); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if toHex(to) != text {
		return errors.New(name + ": hexadecimal digits must be lower case")
	}
	return nil
}
