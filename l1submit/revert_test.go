package l1submit

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/quirezk/quire/l1submit/bindings"
)

// nodeError is what a node says of a revert.
type nodeError struct{ data any }

func (e nodeError) Error() string  { return "execution reverted" }
func (e nodeError) ErrorData() any { return e.data }
func (e nodeError) ErrorCode() int { return 3 }

// packError encodes a contract's error.
func packError(tb testing.TB, contract abi.ABI, name string, arguments ...any) []byte {
	tb.Helper()
	e := contract.Errors[name]
	packed, err := e.Inputs.Pack(arguments...)
	if err != nil {
		tb.Fatal(err)
	}
	return append(e.ID.Bytes()[:4], packed...)
}

func TestRevertError(t *testing.T) {
	rollup, verifier := bindings.NewRollup().GetABI(), bindings.NewGroth16Verifier().GetABI()
	message := must(abi.Arguments{{Type: must(abi.NewType("string", "", nil))(t)}}.Pack("because"))(t)
	caller := common.Address{7}
	for _, test := range []struct {
		name string
		data []byte
		want any
		text string
	}{
		{"no data", nil, nil, "layer 1 refused without a reason: wrapped: execution reverted"},
		{"less than a selector", []byte{1, 2, 3}, nil, "unknown error data 0x010203"},
		{"an unknown selector", []byte{1, 2, 3, 4, 5}, nil, "unknown error data 0x0102030405"},
		{"no arguments", packError(t, rollup, "NothingPending"), &bindings.RollupNothingPending{}, "layer 1 refused: NothingPending()"},
		{"an argument", packError(t, rollup, "NotOperator", caller), &bindings.RollupNotOperator{Caller: caller}, "NotOperator(caller=" + caller.String() + ")"},
		{"two arguments", packError(t, rollup, "DataLength", big.NewInt(88), big.NewInt(5)),
			&bindings.RollupDataLength{Expected: big.NewInt(88), Actual: big.NewInt(5)}, "DataLength(expected=88, actual=5)"},
		{"a name", packError(t, rollup, "ConfigInvalid", [32]byte([]byte("delay"+strings.Repeat("\x00", 27)))),
			&bindings.RollupConfigInvalid{What: [32]byte([]byte("delay" + strings.Repeat("\x00", 27)))}, "ConfigInvalid(what=delay): a parameter"},
		{"a lane", packError(t, rollup, "LaneMismatch", uint8(1)), &bindings.RollupLaneMismatch{Lane: 1}, "LaneMismatch(lane=forced exits): the operations"},
		{"a selector", packError(t, rollup, "ChangeNotAllowed", [4]byte{1, 2, 3, 4}),
			&bindings.RollupChangeNotAllowed{Selector: [4]byte{1, 2, 3, 4}}, "ChangeNotAllowed(selector=0x01020304): "},
		{"a hash", packError(t, rollup, "ChangeUnknown", [32]byte{0xab}), &bindings.RollupChangeUnknown{Id: [32]byte{0xab}}, "ChangeUnknown(id=0xab00"},
		{"a token's", packError(t, erc20ABI(), "ERC20InsufficientBalance", caller, big.NewInt(1), big.NewInt(2)),
			&TokenError{Name: "ERC20InsufficientBalance", Arguments: []any{caller, big.NewInt(1), big.NewInt(2)}},
			"ERC20InsufficientBalance(" + caller.String() + ", 1, 2): the token's owner"},
		{"the verifier's", packError(t, verifier, "ProofInvalid"), &bindings.Groth16VerifierProofInvalid{}, "ProofInvalid()"},
		{"a missing argument", packError(t, rollup, "NothingPending")[:4:4], &bindings.RollupNothingPending{}, "NothingPending()"},
		{"a cut argument", packError(t, rollup, "NotOperator", caller)[:20], nil, "unknown error data"},
		{"a message", append(crypto.Keccak256([]byte("Error(string)"))[:4], message...), "because", "layer 1 refused: because"},
		{"a panic", append(crypto.Keccak256([]byte("Panic(uint256)"))[:4], common.BigToHash(big.NewInt(0x11)).Bytes()...),
			"arithmetic underflow or overflow", "arithmetic underflow or overflow"},
	} {
		t.Run(test.name, func(t *testing.T) {
			node := nodeError{hexutil.Encode(test.data)}
			err := RevertOf(fmt.Errorf("wrapped: %w", node))
			var revert *RevertError
			if !errors.As(err, &revert) {
				t.Fatalf("got %v", err)
			}
			if !reflect.DeepEqual(revert.Reason, test.want) {
				t.Errorf("reason %#v, want %#v", revert.Reason, test.want)
			}
			if !strings.Contains(err.Error(), test.text) {
				t.Errorf("%q does not say %q", err, test.text)
			}
			if !errors.Is(err, node) {
				t.Error("the node's error is lost")
			}
			if again := RevertOf(err); again != err {
				t.Errorf("decoded twice: %v", again)
			}
		})
	}
}

// Every error of the contracts is decoded to its own type and explained, and
// nothing is explained that they do not have.
func TestEveryErrorIsExplained(t *testing.T) {
	known := make(map[string]bool)
	for _, contract := range []abi.ABI{bindings.NewRollup().GetABI(), bindings.NewGroth16Verifier().GetABI(), erc20ABI()} {
		for name, e := range contract.Errors {
			known[name] = true
			data := append(e.ID.Bytes()[:4], make([]byte, 32*len(e.Inputs))...)
			err := RevertOf(nodeError{hexutil.Encode(data)})
			var revert *RevertError
			if !errors.As(err, &revert) {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if token, ok := revert.Reason.(*TokenError); ok {
				if token.Name != name {
					t.Errorf("%s is decoded as %s", name, token.Name)
				}
			} else if got := reflect.TypeOf(revert.Reason).Elem().Name(); got != "Rollup"+name && got != "Groth16Verifier"+name {
				t.Errorf("%s is decoded as %s", name, got)
			}
			if decoded := DecodeRevert(data); decoded == nil || decoded.Error() != err.Error() {
				t.Errorf("%s: from its data alone: %v", name, decoded)
			}
			explanation := explanations[name]
			if explanation == "" || !strings.HasPrefix(err.Error(), "layer 1 refused: "+name+"(") || !strings.HasSuffix(err.Error(), "): "+explanation) {
				t.Errorf("%s: %q is not explained", name, err)
			}
		}
	}
	for name := range explanations {
		if !known[name] {
			t.Errorf("%s is explained, and no contract has it", name)
		}
	}
}

func TestRevertOfLeavesOtherErrors(t *testing.T) {
	for _, err := range []error{nil, errors.New("connection refused"), nodeError{nil}, nodeError{17}, nodeError{"not hexadecimal"}} {
		if got := RevertOf(err); got != err {
			t.Errorf("%v became %v", err, got)
		}
	}
}

func TestDecodeRevertOfOthers(t *testing.T) {
	for _, data := range [][]byte{nil, {1, 2, 3}, {1, 2, 3, 4, 5}} {
		if err := DecodeRevert(data); err != nil {
			t.Errorf("%x: %v", data, err)
		}
	}
}

func FuzzDecodeRevert(f *testing.F) {
	f.Add([]byte(nil))
	f.Add([]byte{1, 2, 3})
	for _, e := range bindings.NewRollup().GetABI().Errors {
		f.Add(append(e.ID.Bytes()[:4], make([]byte, 64)...))
	}
	f.Add(append(crypto.Keccak256([]byte("Error(string)"))[:4], make([]byte, 96)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		err := &RevertError{Reason: decodeRevert(data), Data: data, cause: errors.New("execution reverted")}
		if err.Error() == "" {
			t.Error("no text")
		}
	})
}

// Artifacts and bindings come from one build: a binding of another version
// would pack calls that the embedded code does not understand.
func TestArtifactsMatchBindings(t *testing.T) {
	for contract, bound := range map[string]string{
		"Groth16Verifier": bindings.Groth16VerifierMetaData.ABI,
		"Rollup":          bindings.RollupMetaData.ABI,
	} {
		text := must(artifactFiles.ReadFile("artifacts/" + contract + ".json"))(t)
		var artifact struct {
			Contract string
			ABI      json.RawMessage
		}
		if err := json.Unmarshal(text, &artifact); err != nil {
			t.Fatal(err)
		}
		compiled := strings.Join(strings.Fields(string(artifact.ABI)), "") // as abigen does, also within strings
		if artifact.Contract != contract || compiled != bound {
			t.Errorf("%s: artifact and binding differ: run contracts/build.sh", contract)
		}
	}
	if n := len(verifierArtifact().DeployedBytecode); n == 0 || n > 2_000 {
		t.Errorf("the verifier's code has %d bytes", n)
	}
}
