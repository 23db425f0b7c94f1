// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package bindings

import (
	"bytes"
	"errors"
	"math/big"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// Reference imports to suppress errors if they are not otherwise used.
var (
	_ = bytes.Equal
	_ = errors.New
	_ = big.NewInt
	_ = common.Big1
	_ = types.BloomLookup
	_ = abi.ConvertType
)

// Groth16VerifierMetaData contains all meta data concerning the Groth16Verifier contract.
var Groth16VerifierMetaData = bind.MetaData{
	ABI: "[{\"type\":\"constructor\",\"inputs\":[{\"name\":\"key\",\"type\":\"bytes\",\"internalType\":\"bytes\"}],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"verify\",\"inputs\":[{\"name\":\"proof\",\"type\":\"uint256[12]\",\"internalType\":\"uint256[12]\"},{\"name\":\"inputs\",\"type\":\"uint256[3]\",\"internalType\":\"uint256[3]\"}],\"outputs\":[{\"name\":\"\",\"type\":\"bool\",\"internalType\":\"bool\"}],\"stateMutability\":\"view\"},{\"type\":\"error\",\"name\":\"CalldataLength\",\"inputs\":[{\"name\":\"length\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]},{\"type\":\"error\",\"name\":\"KeyLength\",\"inputs\":[{\"name\":\"length\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]},{\"type\":\"error\",\"name\":\"KeyPointInvalid\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"KeyUnsafe\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"ProofInvalid\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"PublicInputNotReduced\",\"inputs\":[]}]",
	ID:  "Groth16Verifier",
}

// Groth16Verifier is an auto generated Go binding around an Ethereum contract.
type Groth16Verifier struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *Groth16Verifier) GetABI() abi.ABI {
	return c.abi
}

// NewGroth16Verifier creates a new instance of Groth16Verifier.
func NewGroth16Verifier() *Groth16Verifier {
	parsed, err := Groth16VerifierMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &Groth16Verifier{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *Groth16Verifier) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackConstructor is the Go binding used to pack the parameters required for
// contract deployment.
//
// Solidity: constructor(bytes key) returns()
func (groth16Verifier *Groth16Verifier) PackConstructor(key []byte) []byte {
	enc, err := groth16Verifier.abi.Pack("", key)
	if err != nil {
		panic(err)
	}
	return enc
}

// PackVerify is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6e7d9dc1.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function verify(uint256[12] proof, uint256[3] inputs) view returns(bool)
func (groth16Verifier *Groth16Verifier) PackVerify(proof [12]*big.Int, inputs [3]*big.Int) []byte {
	enc, err := groth16Verifier.abi.Pack("verify", proof, inputs)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackVerify is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6e7d9dc1.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function verify(uint256[12] proof, uint256[3] inputs) view returns(bool)
func (groth16Verifier *Groth16Verifier) TryPackVerify(proof [12]*big.Int, inputs [3]*big.Int) ([]byte, error) {
	return groth16Verifier.abi.Pack("verify", proof, inputs)
}

// UnpackVerify is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x6e7d9dc1.
//
// Solidity: function verify(uint256[12] proof, uint256[3] inputs) view returns(bool)
func (groth16Verifier *Groth16Verifier) UnpackVerify(data []byte) (bool, error) {
	out, err := groth16Verifier.abi.Unpack("verify", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// UnpackError attempts to decode the provided error data using user-defined
// error definitions.
func (groth16Verifier *Groth16Verifier) UnpackError(raw []byte) (any, error) {
	if bytes.Equal(raw[:4], groth16Verifier.abi.Errors["CalldataLength"].ID.Bytes()[:4]) {
		return groth16Verifier.UnpackCalldataLengthError(raw[4:])
	}
	if bytes.Equal(raw[:4], groth16Verifier.abi.Errors["KeyLength"].ID.Bytes()[:4]) {
		return groth16Verifier.UnpackKeyLengthError(raw[4:])
	}
	if bytes.Equal(raw[:4], groth16Verifier.abi.Errors["KeyPointInvalid"].ID.Bytes()[:4]) {
		return groth16Verifier.UnpackKeyPointInvalidError(raw[4:])
	}
	if bytes.Equal(raw[:4], groth16Verifier.abi.Errors["KeyUnsafe"].ID.Bytes()[:4]) {
		return groth16Verifier.UnpackKeyUnsafeError(raw[4:])
	}
	if bytes.Equal(raw[:4], groth16Verifier.abi.Errors["ProofInvalid"].ID.Bytes()[:4]) {
		return groth16Verifier.UnpackProofInvalidError(raw[4:])
	}
	if bytes.Equal(raw[:4], groth16Verifier.abi.Errors["PublicInputNotReduced"].ID.Bytes()[:4]) {
		return groth16Verifier.UnpackPublicInputNotReducedError(raw[4:])
	}
	return nil, errors.New("Unknown error")
}

// Groth16VerifierCalldataLength represents a CalldataLength error raised by the Groth16Verifier contract.
type Groth16VerifierCalldataLength struct {
	Length *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error CalldataLength(uint256 length)
func Groth16VerifierCalldataLengthErrorID() common.Hash {
	return common.HexToHash("0x8a06889fad55f1a5df6ef7e8cc59e8d5b9bede5b10cee0bf6933f0e14f12fd86")
}

// UnpackCalldataLengthError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error CalldataLength(uint256 length)
func (groth16Verifier *Groth16Verifier) UnpackCalldataLengthError(raw []byte) (*Groth16VerifierCalldataLength, error) {
	out := new(Groth16VerifierCalldataLength)
	if err := groth16Verifier.abi.UnpackIntoInterface(out, "CalldataLength", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// Groth16VerifierKeyLength represents a KeyLength error raised by the Groth16Verifier contract.
type Groth16VerifierKeyLength struct {
	Length *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error KeyLength(uint256 length)
func Groth16VerifierKeyLengthErrorID() common.Hash {
	return common.HexToHash("0x9c87396074795b92aa3270e0fef1d1343c8db402fc889249d245cfdc2a7e8679")
}

// UnpackKeyLengthError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error KeyLength(uint256 length)
func (groth16Verifier *Groth16Verifier) UnpackKeyLengthError(raw []byte) (*Groth16VerifierKeyLength, error) {
	out := new(Groth16VerifierKeyLength)
	if err := groth16Verifier.abi.UnpackIntoInterface(out, "KeyLength", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// Groth16VerifierKeyPointInvalid represents a KeyPointInvalid error raised by the Groth16Verifier contract.
type Groth16VerifierKeyPointInvalid struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error KeyPointInvalid()
func Groth16VerifierKeyPointInvalidErrorID() common.Hash {
	return common.HexToHash("0x5b61d88724787f16b3c19223799d229022d6f83a909d1158a0a21ef1b952040d")
}

// UnpackKeyPointInvalidError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error KeyPointInvalid()
func (groth16Verifier *Groth16Verifier) UnpackKeyPointInvalidError(raw []byte) (*Groth16VerifierKeyPointInvalid, error) {
	out := new(Groth16VerifierKeyPointInvalid)
	if err := groth16Verifier.abi.UnpackIntoInterface(out, "KeyPointInvalid", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// Groth16VerifierKeyUnsafe represents a KeyUnsafe error raised by the Groth16Verifier contract.
type Groth16VerifierKeyUnsafe struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error KeyUnsafe()
func Groth16VerifierKeyUnsafeErrorID() common.Hash {
	return common.HexToHash("0x1f6beb0491a8c230235327ed07bbe5b02712644c3af473b9c9535ea9006d4d7f")
}

// UnpackKeyUnsafeError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error KeyUnsafe()
func (groth16Verifier *Groth16Verifier) UnpackKeyUnsafeError(raw []byte) (*Groth16VerifierKeyUnsafe, error) {
	out := new(Groth16VerifierKeyUnsafe)
	if err := groth16Verifier.abi.UnpackIntoInterface(out, "KeyUnsafe", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// Groth16VerifierProofInvalid represents a ProofInvalid error raised by the Groth16Verifier contract.
type Groth16VerifierProofInvalid struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ProofInvalid()
func Groth16VerifierProofInvalidErrorID() common.Hash {
	return common.HexToHash("0x7fcdd1f433fad06e243ebb12f415f49dc48f357e41b96f61f504279fe6bb2ac6")
}

// UnpackProofInvalidError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ProofInvalid()
func (groth16Verifier *Groth16Verifier) UnpackProofInvalidError(raw []byte) (*Groth16VerifierProofInvalid, error) {
	out := new(Groth16VerifierProofInvalid)
	if err := groth16Verifier.abi.UnpackIntoInterface(out, "ProofInvalid", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// Groth16VerifierPublicInputNotReduced represents a PublicInputNotReduced error raised by the Groth16Verifier contract.
type Groth16VerifierPublicInputNotReduced struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error PublicInputNotReduced()
func Groth16VerifierPublicInputNotReducedErrorID() common.Hash {
	return common.HexToHash("0x3098b23ac5dcfc3cd8e782962306b547305d26c1919ae898baf0a8a7bc1762ed")
}

// UnpackPublicInputNotReducedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error PublicInputNotReduced()
func (groth16Verifier *Groth16Verifier) UnpackPublicInputNotReducedError(raw []byte) (*Groth16VerifierPublicInputNotReduced, error) {
	out := new(Groth16VerifierPublicInputNotReduced)
	if err := groth16Verifier.abi.UnpackIntoInterface(out, "PublicInputNotReduced", raw); err != nil {
		return nil, err
	}
	return out, nil
}
