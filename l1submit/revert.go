package l1submit

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/protocol"
)

// RevertError is a call or transaction that a contract refused.
//
// To react to one refusal, look for its type:
//
//	var revert *l1submit.RevertError
//	if errors.As(err, &revert) {
//		if stale, ok := revert.Reason.(*bindings.RollupCommitmentStale); ok { … }
//	}
type RevertError struct {
	// Reason is the contract's error as package bindings decodes it, a pointer
	// to a struct; [*TokenError] where a token's contract refused; the message, a
	// string, of a plain revert or a panic; or nil where the contract gave none,
	// or one that is not ours.
	Reason any
	// Data is the undecoded revert data, perhaps empty.
	Data []byte

	cause error
}

// Error names the contract's error and its arguments.
func (e *RevertError) Error() string {
	switch reason := e.Reason.(type) {
	case nil:
		if len(e.Data) == 0 {
			return "layer 1 refused without a reason: " + e.cause.Error()
		}
		return fmt.Sprintf("layer 1 refused with unknown error data %s: %v", hexutil.Encode(e.Data), e.cause)
	case string:
		return "layer 1 refused: " + reason
	default:
		return "layer 1 refused: " + describe(reason)
	}
}

// Unwrap returns the node's error.
func (e *RevertError) Unwrap() error { return e.cause }

// RevertOf returns err as a [*RevertError] where the node says that a contract
// reverted, and unchanged otherwise: for a [Transactor] of another package.
func RevertOf(err error) error {
	var revert *RevertError
	if err == nil || errors.As(err, &revert) {
		return err
	}
	var withData rpc.DataError
	if !errors.As(err, &withData) {
		return err
	}
	text, ok := withData.ErrorData().(string)
	if !ok {
		return err
	}
	data, decodeErr := hexutil.Decode(text)
	if decodeErr != nil {
		return err // not revert data: nothing to add to what the node said
	}
	return &RevertError{Reason: decodeRevert(data), Data: data, cause: err}
}

// DecodeRevert returns what a contract reverted with as a [*RevertError], and nil
// where it is none of the errors of these contracts: what a transaction manager
// takes to explain a refusal.
func DecodeRevert(data []byte) error {
	reason := decodeRevert(data)
	if reason == nil {
		return nil
	}
	return &RevertError{Reason: reason, Data: data, cause: errReverted}
}

// errReverted is the cause where no node's error is at hand.
var errReverted = errors.New("execution reverted")

// decodeRevert returns the Reason of a [RevertError].
func decodeRevert(data []byte) any {
	const selector = 4
	if len(data) < selector { // UnpackError would panic
		return nil
	}
	for _, unpack := range []func([]byte) (any, error){
		bindings.NewRollup().UnpackError,
		bindings.NewGroth16Verifier().UnpackError,
	} {
		if reason, err := unpack(data); err == nil {
			return reason
		}
	}
	for name, e := range erc20ABI().Errors {
		if [selector]byte(data) != [selector]byte(e.ID[:]) {
			continue
		}
		if arguments, err := e.Inputs.Unpack(data[selector:]); err == nil {
			return &TokenError{Name: name, Arguments: arguments}
		}
	}
	if message, err := abi.UnpackRevert(data); err == nil {
		return message
	}
	return nil
}

// TokenError is an error of a token's contract, as ERC-6093 has them.
type TokenError struct {
	Name      string
	Arguments []any
}

// describe writes a decoded error as Solidity does, with an explanation:
// RollupNotOperator{0x…} as "NotOperator(caller=0x…): only the …".
func describe(reason any) string {
	var name string
	var arguments []string
	if e, ok := reason.(*TokenError); ok {
		name = e.Name
		for _, a := range e.Arguments {
			arguments = append(arguments, fmt.Sprint(a))
		}
	} else {
		v := reflect.Indirect(reflect.ValueOf(reason))
		name = v.Type().Name()
		for _, contract := range []string{"Rollup", "Groth16Verifier"} {
			name = strings.TrimPrefix(name, contract)
		}
		for i := range v.NumField() {
			field := v.Type().Field(i).Name
			field = strings.ToLower(field[:1]) + field[1:]
			arguments = append(arguments, field+"="+describeArgument(field, v.Field(i).Interface()))
		}
	}
	text := name + "(" + strings.Join(arguments, ", ") + ")"
	if explanation, ok := explanations[name]; ok {
		text += ": " + explanation
	}
	return text
}

// describeArgument writes an argument of an error.
func describeArgument(field string, value any) string {
	switch x := value.(type) {
	case uint8:
		if field == "lane" {
			return protocol.Lane(x).String()
		}
	case [4]byte:
		return hexutil.Encode(x[:])
	case [32]byte:
		if field == "what" { // a word of ASCII
			return string(bytes.TrimRight(x[:], "\x00"))
		}
		return hexutil.Encode(x[:])
	}
	return fmt.Sprint(value)
}
