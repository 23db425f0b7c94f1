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

// IRollupCircuit is an auto generated low-level Go binding around an user-defined struct.
type IRollupCircuit struct {
	Verifier    common.Address
	Openings    uint16
	LayerOne    uint16
	FeeAccounts uint16
	Exits       uint16
	Transfers   uint16
	ShapeID     *big.Int
}

// RollupMetaData contains all meta data concerning the Rollup contract.
var RollupMetaData = bind.MetaData{
	ABI: "[{\"type\":\"constructor\",\"inputs\":[{\"name\":\"circuits_\",\"type\":\"tuple[]\",\"internalType\":\"structIRollup.Circuit[]\",\"components\":[{\"name\":\"verifier\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"openings\",\"type\":\"uint16\",\"internalType\":\"uint16\"},{\"name\":\"layerOne\",\"type\":\"uint16\",\"internalType\":\"uint16\"},{\"name\":\"feeAccounts\",\"type\":\"uint16\",\"internalType\":\"uint16\"},{\"name\":\"exits\",\"type\":\"uint16\",\"internalType\":\"uint16\"},{\"name\":\"transfers\",\"type\":\"uint16\",\"internalType\":\"uint16\"},{\"name\":\"shapeID\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]},{\"name\":\"operator_\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"developmentKeys_\",\"type\":\"bool\",\"internalType\":\"bool\"}],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"acceptBatch\",\"inputs\":[{\"name\":\"circuit\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"data\",\"type\":\"bytes\",\"internalType\":\"bytes\"},{\"name\":\"digest\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"proof\",\"type\":\"uint256[12]\",\"internalType\":\"uint256[12]\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"batchNumber\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint32\",\"internalType\":\"uint32\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"bindingOf\",\"inputs\":[{\"name\":\"circuit\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"data\",\"type\":\"bytes\",\"internalType\":\"bytes\"},{\"name\":\"digest\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"outputs\":[{\"name\":\"z\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"y\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"circuitCount\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"circuits\",\"inputs\":[{\"name\":\"index\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"outputs\":[{\"name\":\"verifier\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"openings\",\"type\":\"uint16\",\"internalType\":\"uint16\"},{\"name\":\"layerOne\",\"type\":\"uint16\",\"internalType\":\"uint16\"},{\"name\":\"feeAccounts\",\"type\":\"uint16\",\"internalType\":\"uint16\"},{\"name\":\"exits\",\"type\":\"uint16\",\"internalType\":\"uint16\"},{\"name\":\"transfers\",\"type\":\"uint16\",\"internalType\":\"uint16\"},{\"name\":\"shapeID\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"claim\",\"inputs\":[{\"name\":\"token\",\"type\":\"uint32\",\"internalType\":\"uint32\"},{\"name\":\"owner\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"claimable\",\"inputs\":[{\"name\":\"owner\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"token\",\"type\":\"uint32\",\"internalType\":\"uint32\"}],\"outputs\":[{\"name\":\"amount\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"commitment\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"deposit\",\"inputs\":[{\"name\":\"keyX\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"keyY\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"owner\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[],\"stateMutability\":\"payable\"},{\"type\":\"function\",\"name\":\"depositCount\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"depositQueue\",\"inputs\":[{\"name\":\"count\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"outputs\":[{\"name\":\"\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"depositsProcessed\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"developmentKeys\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"bool\",\"internalType\":\"bool\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"operator\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"address\",\"internalType\":\"address\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"rollupID\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"event\",\"name\":\"BatchAccepted\",\"inputs\":[{\"name\":\"number\",\"type\":\"uint32\",\"indexed\":true,\"internalType\":\"uint32\"},{\"name\":\"circuit\",\"type\":\"uint256\",\"indexed\":true,\"internalType\":\"uint256\"},{\"name\":\"oldCommitment\",\"type\":\"uint256\",\"indexed\":false,\"internalType\":\"uint256\"},{\"name\":\"newCommitment\",\"type\":\"uint256\",\"indexed\":false,\"internalType\":\"uint256\"},{\"name\":\"dataHash\",\"type\":\"bytes32\",\"indexed\":false,\"internalType\":\"bytes32\"},{\"name\":\"depositsProcessed\",\"type\":\"uint64\",\"indexed\":false,\"internalType\":\"uint64\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"Claimed\",\"inputs\":[{\"name\":\"owner\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"token\",\"type\":\"uint32\",\"indexed\":true,\"internalType\":\"uint32\"},{\"name\":\"amount\",\"type\":\"uint256\",\"indexed\":false,\"internalType\":\"uint256\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"Deposited\",\"inputs\":[{\"name\":\"index\",\"type\":\"uint64\",\"indexed\":true,\"internalType\":\"uint64\"},{\"name\":\"depositor\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"owner\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"keyX\",\"type\":\"uint256\",\"indexed\":false,\"internalType\":\"uint256\"},{\"name\":\"keyY\",\"type\":\"uint256\",\"indexed\":false,\"internalType\":\"uint256\"},{\"name\":\"token\",\"type\":\"uint32\",\"indexed\":false,\"internalType\":\"uint32\"},{\"name\":\"amount\",\"type\":\"uint128\",\"indexed\":false,\"internalType\":\"uint128\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"ExitCredited\",\"inputs\":[{\"name\":\"owner\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"token\",\"type\":\"uint32\",\"indexed\":true,\"internalType\":\"uint32\"},{\"name\":\"amount\",\"type\":\"uint128\",\"indexed\":false,\"internalType\":\"uint128\"}],\"anonymous\":false},{\"type\":\"error\",\"name\":\"AmountZero\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"CapacityExceeded\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"CircuitInvalid\",\"inputs\":[{\"name\":\"circuit\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]},{\"type\":\"error\",\"name\":\"CircuitUnknown\",\"inputs\":[{\"name\":\"circuit\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]},{\"type\":\"error\",\"name\":\"CommitmentStale\",\"inputs\":[{\"name\":\"current\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"given\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]},{\"type\":\"error\",\"name\":\"DataLength\",\"inputs\":[{\"name\":\"expected\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"actual\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]},{\"type\":\"error\",\"name\":\"DepositsMismatch\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"ForcedExitNotQueued\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"KeyNotCanonical\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"KeyNotOnCurve\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"KeyOfLowOrder\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"NoCircuits\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"NotOperator\",\"inputs\":[{\"name\":\"caller\",\"type\":\"address\",\"internalType\":\"address\"}]},{\"type\":\"error\",\"name\":\"NothingToClaim\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"OpenedNotBoolean\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"OperatorZero\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"OwnerZero\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"PaymentFailed\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"ProofRejected\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"TokenCapExceeded\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"TokenUnknown\",\"inputs\":[{\"name\":\"token\",\"type\":\"uint32\",\"internalType\":\"uint32\"}]},{\"type\":\"error\",\"name\":\"WordNotReduced\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"WrongChain\",\"inputs\":[{\"name\":\"chainId\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]}]",
	ID:  "Rollup",
}

// Rollup is an auto generated Go binding around an Ethereum contract.
type Rollup struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *Rollup) GetABI() abi.ABI {
	return c.abi
}

// NewRollup creates a new instance of Rollup.
func NewRollup() *Rollup {
	parsed, err := RollupMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &Rollup{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *Rollup) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackConstructor is the Go binding used to pack the parameters required for
// contract deployment.
//
// Solidity: constructor((address,uint16,uint16,uint16,uint16,uint16,uint256)[] circuits_, address operator_, bool developmentKeys_) returns()
func (rollup *Rollup) PackConstructor(circuits_ []IRollupCircuit, operator_ common.Address, developmentKeys_ bool) []byte {
	enc, err := rollup.abi.Pack("", circuits_, operator_, developmentKeys_)
	if err != nil {
		panic(err)
	}
	return enc
}

// PackAcceptBatch is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa1340190.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function acceptBatch(uint256 circuit, bytes data, uint256 digest, uint256[12] proof) returns()
func (rollup *Rollup) PackAcceptBatch(circuit *big.Int, data []byte, digest *big.Int, proof [12]*big.Int) []byte {
	enc, err := rollup.abi.Pack("acceptBatch", circuit, data, digest, proof)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAcceptBatch is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa1340190.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function acceptBatch(uint256 circuit, bytes data, uint256 digest, uint256[12] proof) returns()
func (rollup *Rollup) TryPackAcceptBatch(circuit *big.Int, data []byte, digest *big.Int, proof [12]*big.Int) ([]byte, error) {
	return rollup.abi.Pack("acceptBatch", circuit, data, digest, proof)
}

// PackBatchNumber is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xba873065.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function batchNumber() view returns(uint32)
func (rollup *Rollup) PackBatchNumber() []byte {
	enc, err := rollup.abi.Pack("batchNumber")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackBatchNumber is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xba873065.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function batchNumber() view returns(uint32)
func (rollup *Rollup) TryPackBatchNumber() ([]byte, error) {
	return rollup.abi.Pack("batchNumber")
}

// UnpackBatchNumber is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xba873065.
//
// Solidity: function batchNumber() view returns(uint32)
func (rollup *Rollup) UnpackBatchNumber(data []byte) (uint32, error) {
	out, err := rollup.abi.Unpack("batchNumber", data)
	if err != nil {
		return *new(uint32), err
	}
	out0 := *abi.ConvertType(out[0], new(uint32)).(*uint32)
	return out0, nil
}

// PackBindingOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc68157e7.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function bindingOf(uint256 circuit, bytes data, uint256 digest) view returns(uint256 z, uint256 y)
func (rollup *Rollup) PackBindingOf(circuit *big.Int, data []byte, digest *big.Int) []byte {
	enc, err := rollup.abi.Pack("bindingOf", circuit, data, digest)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackBindingOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc68157e7.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function bindingOf(uint256 circuit, bytes data, uint256 digest) view returns(uint256 z, uint256 y)
func (rollup *Rollup) TryPackBindingOf(circuit *big.Int, data []byte, digest *big.Int) ([]byte, error) {
	return rollup.abi.Pack("bindingOf", circuit, data, digest)
}

// BindingOfOutput serves as a container for the return parameters of contract
// method BindingOf.
type BindingOfOutput struct {
	Z *big.Int
	Y *big.Int
}

// UnpackBindingOf is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xc68157e7.
//
// Solidity: function bindingOf(uint256 circuit, bytes data, uint256 digest) view returns(uint256 z, uint256 y)
func (rollup *Rollup) UnpackBindingOf(data []byte) (BindingOfOutput, error) {
	out, err := rollup.abi.Unpack("bindingOf", data)
	outstruct := new(BindingOfOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Z = abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	outstruct.Y = abi.ConvertType(out[1], new(big.Int)).(*big.Int)
	return *outstruct, nil
}

// PackCircuitCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd88b1f22.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function circuitCount() view returns(uint256)
func (rollup *Rollup) PackCircuitCount() []byte {
	enc, err := rollup.abi.Pack("circuitCount")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCircuitCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd88b1f22.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function circuitCount() view returns(uint256)
func (rollup *Rollup) TryPackCircuitCount() ([]byte, error) {
	return rollup.abi.Pack("circuitCount")
}

// UnpackCircuitCount is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xd88b1f22.
//
// Solidity: function circuitCount() view returns(uint256)
func (rollup *Rollup) UnpackCircuitCount(data []byte) (*big.Int, error) {
	out, err := rollup.abi.Unpack("circuitCount", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackCircuits is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x4f4ad94e.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function circuits(uint256 index) view returns(address verifier, uint16 openings, uint16 layerOne, uint16 feeAccounts, uint16 exits, uint16 transfers, uint256 shapeID)
func (rollup *Rollup) PackCircuits(index *big.Int) []byte {
	enc, err := rollup.abi.Pack("circuits", index)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCircuits is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x4f4ad94e.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function circuits(uint256 index) view returns(address verifier, uint16 openings, uint16 layerOne, uint16 feeAccounts, uint16 exits, uint16 transfers, uint256 shapeID)
func (rollup *Rollup) TryPackCircuits(index *big.Int) ([]byte, error) {
	return rollup.abi.Pack("circuits", index)
}

// CircuitsOutput serves as a container for the return parameters of contract
// method Circuits.
type CircuitsOutput struct {
	Verifier    common.Address
	Openings    uint16
	LayerOne    uint16
	FeeAccounts uint16
	Exits       uint16
	Transfers   uint16
	ShapeID     *big.Int
}

// UnpackCircuits is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x4f4ad94e.
//
// Solidity: function circuits(uint256 index) view returns(address verifier, uint16 openings, uint16 layerOne, uint16 feeAccounts, uint16 exits, uint16 transfers, uint256 shapeID)
func (rollup *Rollup) UnpackCircuits(data []byte) (CircuitsOutput, error) {
	out, err := rollup.abi.Unpack("circuits", data)
	outstruct := new(CircuitsOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Verifier = *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	outstruct.Openings = *abi.ConvertType(out[1], new(uint16)).(*uint16)
	outstruct.LayerOne = *abi.ConvertType(out[2], new(uint16)).(*uint16)
	outstruct.FeeAccounts = *abi.ConvertType(out[3], new(uint16)).(*uint16)
	outstruct.Exits = *abi.ConvertType(out[4], new(uint16)).(*uint16)
	outstruct.Transfers = *abi.ConvertType(out[5], new(uint16)).(*uint16)
	outstruct.ShapeID = abi.ConvertType(out[6], new(big.Int)).(*big.Int)
	return *outstruct, nil
}

// PackClaim is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1790c562.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function claim(uint32 token, address owner) returns()
func (rollup *Rollup) PackClaim(token uint32, owner common.Address) []byte {
	enc, err := rollup.abi.Pack("claim", token, owner)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackClaim is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1790c562.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function claim(uint32 token, address owner) returns()
func (rollup *Rollup) TryPackClaim(token uint32, owner common.Address) ([]byte, error) {
	return rollup.abi.Pack("claim", token, owner)
}

// PackClaimable is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb4a13d31.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function claimable(address owner, uint32 token) view returns(uint256 amount)
func (rollup *Rollup) PackClaimable(owner common.Address, token uint32) []byte {
	enc, err := rollup.abi.Pack("claimable", owner, token)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackClaimable is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb4a13d31.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function claimable(address owner, uint32 token) view returns(uint256 amount)
func (rollup *Rollup) TryPackClaimable(owner common.Address, token uint32) ([]byte, error) {
	return rollup.abi.Pack("claimable", owner, token)
}

// UnpackClaimable is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xb4a13d31.
//
// Solidity: function claimable(address owner, uint32 token) view returns(uint256 amount)
func (rollup *Rollup) UnpackClaimable(data []byte) (*big.Int, error) {
	out, err := rollup.abi.Unpack("claimable", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackCommitment is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1303a484.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function commitment() view returns(uint256)
func (rollup *Rollup) PackCommitment() []byte {
	enc, err := rollup.abi.Pack("commitment")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCommitment is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1303a484.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function commitment() view returns(uint256)
func (rollup *Rollup) TryPackCommitment() ([]byte, error) {
	return rollup.abi.Pack("commitment")
}

// UnpackCommitment is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x1303a484.
//
// Solidity: function commitment() view returns(uint256)
func (rollup *Rollup) UnpackCommitment(data []byte) (*big.Int, error) {
	out, err := rollup.abi.Unpack("commitment", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackDeposit is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8dbdbe6d.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function deposit(uint256 keyX, uint256 keyY, address owner) payable returns()
func (rollup *Rollup) PackDeposit(keyX *big.Int, keyY *big.Int, owner common.Address) []byte {
	enc, err := rollup.abi.Pack("deposit", keyX, keyY, owner)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDeposit is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8dbdbe6d.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function deposit(uint256 keyX, uint256 keyY, address owner) payable returns()
func (rollup *Rollup) TryPackDeposit(keyX *big.Int, keyY *big.Int, owner common.Address) ([]byte, error) {
	return rollup.abi.Pack("deposit", keyX, keyY, owner)
}

// PackDepositCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x2dfdf0b5.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function depositCount() view returns(uint64)
func (rollup *Rollup) PackDepositCount() []byte {
	enc, err := rollup.abi.Pack("depositCount")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDepositCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x2dfdf0b5.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function depositCount() view returns(uint64)
func (rollup *Rollup) TryPackDepositCount() ([]byte, error) {
	return rollup.abi.Pack("depositCount")
}

// UnpackDepositCount is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x2dfdf0b5.
//
// Solidity: function depositCount() view returns(uint64)
func (rollup *Rollup) UnpackDepositCount(data []byte) (uint64, error) {
	out, err := rollup.abi.Unpack("depositCount", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackDepositQueue is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x83290a3c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function depositQueue(uint256 count) view returns(bytes32)
func (rollup *Rollup) PackDepositQueue(count *big.Int) []byte {
	enc, err := rollup.abi.Pack("depositQueue", count)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDepositQueue is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x83290a3c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function depositQueue(uint256 count) view returns(bytes32)
func (rollup *Rollup) TryPackDepositQueue(count *big.Int) ([]byte, error) {
	return rollup.abi.Pack("depositQueue", count)
}

// UnpackDepositQueue is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x83290a3c.
//
// Solidity: function depositQueue(uint256 count) view returns(bytes32)
func (rollup *Rollup) UnpackDepositQueue(data []byte) ([32]byte, error) {
	out, err := rollup.abi.Unpack("depositQueue", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackDepositsProcessed is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6af91668.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function depositsProcessed() view returns(uint64)
func (rollup *Rollup) PackDepositsProcessed() []byte {
	enc, err := rollup.abi.Pack("depositsProcessed")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDepositsProcessed is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6af91668.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function depositsProcessed() view returns(uint64)
func (rollup *Rollup) TryPackDepositsProcessed() ([]byte, error) {
	return rollup.abi.Pack("depositsProcessed")
}

// UnpackDepositsProcessed is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x6af91668.
//
// Solidity: function depositsProcessed() view returns(uint64)
func (rollup *Rollup) UnpackDepositsProcessed(data []byte) (uint64, error) {
	out, err := rollup.abi.Unpack("depositsProcessed", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackDevelopmentKeys is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7cc0bd31.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function developmentKeys() view returns(bool)
func (rollup *Rollup) PackDevelopmentKeys() []byte {
	enc, err := rollup.abi.Pack("developmentKeys")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDevelopmentKeys is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7cc0bd31.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function developmentKeys() view returns(bool)
func (rollup *Rollup) TryPackDevelopmentKeys() ([]byte, error) {
	return rollup.abi.Pack("developmentKeys")
}

// UnpackDevelopmentKeys is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x7cc0bd31.
//
// Solidity: function developmentKeys() view returns(bool)
func (rollup *Rollup) UnpackDevelopmentKeys(data []byte) (bool, error) {
	out, err := rollup.abi.Unpack("developmentKeys", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackOperator is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x570ca735.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function operator() view returns(address)
func (rollup *Rollup) PackOperator() []byte {
	enc, err := rollup.abi.Pack("operator")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackOperator is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x570ca735.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function operator() view returns(address)
func (rollup *Rollup) TryPackOperator() ([]byte, error) {
	return rollup.abi.Pack("operator")
}

// UnpackOperator is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x570ca735.
//
// Solidity: function operator() view returns(address)
func (rollup *Rollup) UnpackOperator(data []byte) (common.Address, error) {
	out, err := rollup.abi.Unpack("operator", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackRollupID is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa9dc71a0.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function rollupID() view returns(uint256)
func (rollup *Rollup) PackRollupID() []byte {
	enc, err := rollup.abi.Pack("rollupID")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRollupID is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa9dc71a0.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function rollupID() view returns(uint256)
func (rollup *Rollup) TryPackRollupID() ([]byte, error) {
	return rollup.abi.Pack("rollupID")
}

// UnpackRollupID is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xa9dc71a0.
//
// Solidity: function rollupID() view returns(uint256)
func (rollup *Rollup) UnpackRollupID(data []byte) (*big.Int, error) {
	out, err := rollup.abi.Unpack("rollupID", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// RollupBatchAccepted represents a BatchAccepted event raised by the Rollup contract.
type RollupBatchAccepted struct {
	Number            uint32
	Circuit           *big.Int
	OldCommitment     *big.Int
	NewCommitment     *big.Int
	DataHash          [32]byte
	DepositsProcessed uint64
	Raw               *types.Log // Blockchain specific contextual infos
}

const RollupBatchAcceptedEventName = "BatchAccepted"

// ContractEventName returns the user-defined event name.
func (RollupBatchAccepted) ContractEventName() string {
	return RollupBatchAcceptedEventName
}

// UnpackBatchAcceptedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event BatchAccepted(uint32 indexed number, uint256 indexed circuit, uint256 oldCommitment, uint256 newCommitment, bytes32 dataHash, uint64 depositsProcessed)
func (rollup *Rollup) UnpackBatchAcceptedEvent(log *types.Log) (*RollupBatchAccepted, error) {
	event := "BatchAccepted"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rollup.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RollupBatchAccepted)
	if len(log.Data) > 0 {
		if err := rollup.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rollup.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// RollupClaimed represents a Claimed event raised by the Rollup contract.
type RollupClaimed struct {
	Owner  common.Address
	Token  uint32
	Amount *big.Int
	Raw    *types.Log // Blockchain specific contextual infos
}

const RollupClaimedEventName = "Claimed"

// ContractEventName returns the user-defined event name.
func (RollupClaimed) ContractEventName() string {
	return RollupClaimedEventName
}

// UnpackClaimedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Claimed(address indexed owner, uint32 indexed token, uint256 amount)
func (rollup *Rollup) UnpackClaimedEvent(log *types.Log) (*RollupClaimed, error) {
	event := "Claimed"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rollup.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RollupClaimed)
	if len(log.Data) > 0 {
		if err := rollup.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rollup.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// RollupDeposited represents a Deposited event raised by the Rollup contract.
type RollupDeposited struct {
	Index     uint64
	Depositor common.Address
	Owner     common.Address
	KeyX      *big.Int
	KeyY      *big.Int
	Token     uint32
	Amount    *big.Int
	Raw       *types.Log // Blockchain specific contextual infos
}

const RollupDepositedEventName = "Deposited"

// ContractEventName returns the user-defined event name.
func (RollupDeposited) ContractEventName() string {
	return RollupDepositedEventName
}

// UnpackDepositedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Deposited(uint64 indexed index, address indexed depositor, address indexed owner, uint256 keyX, uint256 keyY, uint32 token, uint128 amount)
func (rollup *Rollup) UnpackDepositedEvent(log *types.Log) (*RollupDeposited, error) {
	event := "Deposited"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rollup.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RollupDeposited)
	if len(log.Data) > 0 {
		if err := rollup.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rollup.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// RollupExitCredited represents a ExitCredited event raised by the Rollup contract.
type RollupExitCredited struct {
	Owner  common.Address
	Token  uint32
	Amount *big.Int
	Raw    *types.Log // Blockchain specific contextual infos
}

const RollupExitCreditedEventName = "ExitCredited"

// ContractEventName returns the user-defined event name.
func (RollupExitCredited) ContractEventName() string {
	return RollupExitCreditedEventName
}

// UnpackExitCreditedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event ExitCredited(address indexed owner, uint32 indexed token, uint128 amount)
func (rollup *Rollup) UnpackExitCreditedEvent(log *types.Log) (*RollupExitCredited, error) {
	event := "ExitCredited"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rollup.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RollupExitCredited)
	if len(log.Data) > 0 {
		if err := rollup.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rollup.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// UnpackError attempts to decode the provided error data using user-defined
// error definitions.
func (rollup *Rollup) UnpackError(raw []byte) (any, error) {
	if bytes.Equal(raw[:4], rollup.abi.Errors["AmountZero"].ID.Bytes()[:4]) {
		return rollup.UnpackAmountZeroError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["CapacityExceeded"].ID.Bytes()[:4]) {
		return rollup.UnpackCapacityExceededError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["CircuitInvalid"].ID.Bytes()[:4]) {
		return rollup.UnpackCircuitInvalidError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["CircuitUnknown"].ID.Bytes()[:4]) {
		return rollup.UnpackCircuitUnknownError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["CommitmentStale"].ID.Bytes()[:4]) {
		return rollup.UnpackCommitmentStaleError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["DataLength"].ID.Bytes()[:4]) {
		return rollup.UnpackDataLengthError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["DepositsMismatch"].ID.Bytes()[:4]) {
		return rollup.UnpackDepositsMismatchError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["ForcedExitNotQueued"].ID.Bytes()[:4]) {
		return rollup.UnpackForcedExitNotQueuedError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["KeyNotCanonical"].ID.Bytes()[:4]) {
		return rollup.UnpackKeyNotCanonicalError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["KeyNotOnCurve"].ID.Bytes()[:4]) {
		return rollup.UnpackKeyNotOnCurveError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["KeyOfLowOrder"].ID.Bytes()[:4]) {
		return rollup.UnpackKeyOfLowOrderError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["NoCircuits"].ID.Bytes()[:4]) {
		return rollup.UnpackNoCircuitsError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["NotOperator"].ID.Bytes()[:4]) {
		return rollup.UnpackNotOperatorError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["NothingToClaim"].ID.Bytes()[:4]) {
		return rollup.UnpackNothingToClaimError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["OpenedNotBoolean"].ID.Bytes()[:4]) {
		return rollup.UnpackOpenedNotBooleanError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["OperatorZero"].ID.Bytes()[:4]) {
		return rollup.UnpackOperatorZeroError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["OwnerZero"].ID.Bytes()[:4]) {
		return rollup.UnpackOwnerZeroError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["PaymentFailed"].ID.Bytes()[:4]) {
		return rollup.UnpackPaymentFailedError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["ProofRejected"].ID.Bytes()[:4]) {
		return rollup.UnpackProofRejectedError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["TokenCapExceeded"].ID.Bytes()[:4]) {
		return rollup.UnpackTokenCapExceededError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["TokenUnknown"].ID.Bytes()[:4]) {
		return rollup.UnpackTokenUnknownError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["WordNotReduced"].ID.Bytes()[:4]) {
		return rollup.UnpackWordNotReducedError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["WrongChain"].ID.Bytes()[:4]) {
		return rollup.UnpackWrongChainError(raw[4:])
	}
	return nil, errors.New("Unknown error")
}

// RollupAmountZero represents a AmountZero error raised by the Rollup contract.
type RollupAmountZero struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error AmountZero()
func RollupAmountZeroErrorID() common.Hash {
	return common.HexToHash("0xcbca5aa2ad16a85304d7d97575ce258a35c5a7d8db613ec1cb75ff3d0071488f")
}

// UnpackAmountZeroError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error AmountZero()
func (rollup *Rollup) UnpackAmountZeroError(raw []byte) (*RollupAmountZero, error) {
	out := new(RollupAmountZero)
	if err := rollup.abi.UnpackIntoInterface(out, "AmountZero", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupCapacityExceeded represents a CapacityExceeded error raised by the Rollup contract.
type RollupCapacityExceeded struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error CapacityExceeded()
func RollupCapacityExceededErrorID() common.Hash {
	return common.HexToHash("0x9ff41fe03338de4e6a1754f70ce3ddf8a3f3175a496f1965dc59467a74199392")
}

// UnpackCapacityExceededError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error CapacityExceeded()
func (rollup *Rollup) UnpackCapacityExceededError(raw []byte) (*RollupCapacityExceeded, error) {
	out := new(RollupCapacityExceeded)
	if err := rollup.abi.UnpackIntoInterface(out, "CapacityExceeded", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupCircuitInvalid represents a CircuitInvalid error raised by the Rollup contract.
type RollupCircuitInvalid struct {
	Circuit *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error CircuitInvalid(uint256 circuit)
func RollupCircuitInvalidErrorID() common.Hash {
	return common.HexToHash("0xae9c07c1e15210a5d4adb89dd958a528e86584cbc232744bd1777ba4a690e124")
}

// UnpackCircuitInvalidError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error CircuitInvalid(uint256 circuit)
func (rollup *Rollup) UnpackCircuitInvalidError(raw []byte) (*RollupCircuitInvalid, error) {
	out := new(RollupCircuitInvalid)
	if err := rollup.abi.UnpackIntoInterface(out, "CircuitInvalid", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupCircuitUnknown represents a CircuitUnknown error raised by the Rollup contract.
type RollupCircuitUnknown struct {
	Circuit *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error CircuitUnknown(uint256 circuit)
func RollupCircuitUnknownErrorID() common.Hash {
	return common.HexToHash("0x8f32fc7fc6c3a4ba0bb32b2d25630a02e7168cad99856d6259e9b899b7ed705f")
}

// UnpackCircuitUnknownError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error CircuitUnknown(uint256 circuit)
func (rollup *Rollup) UnpackCircuitUnknownError(raw []byte) (*RollupCircuitUnknown, error) {
	out := new(RollupCircuitUnknown)
	if err := rollup.abi.UnpackIntoInterface(out, "CircuitUnknown", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupCommitmentStale represents a CommitmentStale error raised by the Rollup contract.
type RollupCommitmentStale struct {
	Current *big.Int
	Given   *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error CommitmentStale(uint256 current, uint256 given)
func RollupCommitmentStaleErrorID() common.Hash {
	return common.HexToHash("0xbdbef4739735b32856e98b132d456f032fad141727def6838cb40210ec562ec3")
}

// UnpackCommitmentStaleError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error CommitmentStale(uint256 current, uint256 given)
func (rollup *Rollup) UnpackCommitmentStaleError(raw []byte) (*RollupCommitmentStale, error) {
	out := new(RollupCommitmentStale)
	if err := rollup.abi.UnpackIntoInterface(out, "CommitmentStale", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupDataLength represents a DataLength error raised by the Rollup contract.
type RollupDataLength struct {
	Expected *big.Int
	Actual   *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error DataLength(uint256 expected, uint256 actual)
func RollupDataLengthErrorID() common.Hash {
	return common.HexToHash("0x4b355bbdf1b31cc4e4bff9e6baef556157fa38b53edf99f35a3c426151cf0ec0")
}

// UnpackDataLengthError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error DataLength(uint256 expected, uint256 actual)
func (rollup *Rollup) UnpackDataLengthError(raw []byte) (*RollupDataLength, error) {
	out := new(RollupDataLength)
	if err := rollup.abi.UnpackIntoInterface(out, "DataLength", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupDepositsMismatch represents a DepositsMismatch error raised by the Rollup contract.
type RollupDepositsMismatch struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error DepositsMismatch()
func RollupDepositsMismatchErrorID() common.Hash {
	return common.HexToHash("0x00d41710c992a3904411fb09a66241fd36442c6e14c0d3fa764a97af01591143")
}

// UnpackDepositsMismatchError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error DepositsMismatch()
func (rollup *Rollup) UnpackDepositsMismatchError(raw []byte) (*RollupDepositsMismatch, error) {
	out := new(RollupDepositsMismatch)
	if err := rollup.abi.UnpackIntoInterface(out, "DepositsMismatch", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupForcedExitNotQueued represents a ForcedExitNotQueued error raised by the Rollup contract.
type RollupForcedExitNotQueued struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ForcedExitNotQueued()
func RollupForcedExitNotQueuedErrorID() common.Hash {
	return common.HexToHash("0x262408dbe172421afcb2d85b2332c03a6614994de733965b9253b8f8241a84a6")
}

// UnpackForcedExitNotQueuedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ForcedExitNotQueued()
func (rollup *Rollup) UnpackForcedExitNotQueuedError(raw []byte) (*RollupForcedExitNotQueued, error) {
	out := new(RollupForcedExitNotQueued)
	if err := rollup.abi.UnpackIntoInterface(out, "ForcedExitNotQueued", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupKeyNotCanonical represents a KeyNotCanonical error raised by the Rollup contract.
type RollupKeyNotCanonical struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error KeyNotCanonical()
func RollupKeyNotCanonicalErrorID() common.Hash {
	return common.HexToHash("0xbac39d8b2f2a08bc60c63f453c27b830b274455d2fae3a337165462953e45f20")
}

// UnpackKeyNotCanonicalError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error KeyNotCanonical()
func (rollup *Rollup) UnpackKeyNotCanonicalError(raw []byte) (*RollupKeyNotCanonical, error) {
	out := new(RollupKeyNotCanonical)
	if err := rollup.abi.UnpackIntoInterface(out, "KeyNotCanonical", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupKeyNotOnCurve represents a KeyNotOnCurve error raised by the Rollup contract.
type RollupKeyNotOnCurve struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error KeyNotOnCurve()
func RollupKeyNotOnCurveErrorID() common.Hash {
	return common.HexToHash("0xb9e415dbce532d7adf97c8dddb44b97ba39b2646ab440e6434f47409f8666945")
}

// UnpackKeyNotOnCurveError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error KeyNotOnCurve()
func (rollup *Rollup) UnpackKeyNotOnCurveError(raw []byte) (*RollupKeyNotOnCurve, error) {
	out := new(RollupKeyNotOnCurve)
	if err := rollup.abi.UnpackIntoInterface(out, "KeyNotOnCurve", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupKeyOfLowOrder represents a KeyOfLowOrder error raised by the Rollup contract.
type RollupKeyOfLowOrder struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error KeyOfLowOrder()
func RollupKeyOfLowOrderErrorID() common.Hash {
	return common.HexToHash("0xa951704fbb550e08ee4ead82003ed7c7345b0be3128d8e9ca89ade78f2ed9c66")
}

// UnpackKeyOfLowOrderError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error KeyOfLowOrder()
func (rollup *Rollup) UnpackKeyOfLowOrderError(raw []byte) (*RollupKeyOfLowOrder, error) {
	out := new(RollupKeyOfLowOrder)
	if err := rollup.abi.UnpackIntoInterface(out, "KeyOfLowOrder", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupNoCircuits represents a NoCircuits error raised by the Rollup contract.
type RollupNoCircuits struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NoCircuits()
func RollupNoCircuitsErrorID() common.Hash {
	return common.HexToHash("0xac6ad4611025b88708aa65b59379dab78e4a7b7175c24f01df424340856782c8")
}

// UnpackNoCircuitsError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NoCircuits()
func (rollup *Rollup) UnpackNoCircuitsError(raw []byte) (*RollupNoCircuits, error) {
	out := new(RollupNoCircuits)
	if err := rollup.abi.UnpackIntoInterface(out, "NoCircuits", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupNotOperator represents a NotOperator error raised by the Rollup contract.
type RollupNotOperator struct {
	Caller common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotOperator(address caller)
func RollupNotOperatorErrorID() common.Hash {
	return common.HexToHash("0x76c6c93a6423c7e2cef5f93921b1d4d1a5ffb795cd7cfed2df95566b7c7f7c40")
}

// UnpackNotOperatorError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotOperator(address caller)
func (rollup *Rollup) UnpackNotOperatorError(raw []byte) (*RollupNotOperator, error) {
	out := new(RollupNotOperator)
	if err := rollup.abi.UnpackIntoInterface(out, "NotOperator", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupNothingToClaim represents a NothingToClaim error raised by the Rollup contract.
type RollupNothingToClaim struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NothingToClaim()
func RollupNothingToClaimErrorID() common.Hash {
	return common.HexToHash("0x969bf7288f744225521096ebffff657851af77dd4c63700d76b8d1cf6481d1f1")
}

// UnpackNothingToClaimError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NothingToClaim()
func (rollup *Rollup) UnpackNothingToClaimError(raw []byte) (*RollupNothingToClaim, error) {
	out := new(RollupNothingToClaim)
	if err := rollup.abi.UnpackIntoInterface(out, "NothingToClaim", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupOpenedNotBoolean represents a OpenedNotBoolean error raised by the Rollup contract.
type RollupOpenedNotBoolean struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error OpenedNotBoolean()
func RollupOpenedNotBooleanErrorID() common.Hash {
	return common.HexToHash("0x49e14928bef7762cd82f6772adfd4362e6c0f36f8bdcf248bb0bb792a4d20881")
}

// UnpackOpenedNotBooleanError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error OpenedNotBoolean()
func (rollup *Rollup) UnpackOpenedNotBooleanError(raw []byte) (*RollupOpenedNotBoolean, error) {
	out := new(RollupOpenedNotBoolean)
	if err := rollup.abi.UnpackIntoInterface(out, "OpenedNotBoolean", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupOperatorZero represents a OperatorZero error raised by the Rollup contract.
type RollupOperatorZero struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error OperatorZero()
func RollupOperatorZeroErrorID() common.Hash {
	return common.HexToHash("0xaeb5a91109507cf3dac8160421193014d80f7c38855e0a78649b265371d643f7")
}

// UnpackOperatorZeroError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error OperatorZero()
func (rollup *Rollup) UnpackOperatorZeroError(raw []byte) (*RollupOperatorZero, error) {
	out := new(RollupOperatorZero)
	if err := rollup.abi.UnpackIntoInterface(out, "OperatorZero", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupOwnerZero represents a OwnerZero error raised by the Rollup contract.
type RollupOwnerZero struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error OwnerZero()
func RollupOwnerZeroErrorID() common.Hash {
	return common.HexToHash("0x3e0b457e2b6dbcf22f66c483869eb41e1abdac23e36adf501bf0c98f524a5520")
}

// UnpackOwnerZeroError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error OwnerZero()
func (rollup *Rollup) UnpackOwnerZeroError(raw []byte) (*RollupOwnerZero, error) {
	out := new(RollupOwnerZero)
	if err := rollup.abi.UnpackIntoInterface(out, "OwnerZero", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupPaymentFailed represents a PaymentFailed error raised by the Rollup contract.
type RollupPaymentFailed struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error PaymentFailed()
func RollupPaymentFailedErrorID() common.Hash {
	return common.HexToHash("0xf499da2002a42cc0e682f3cac7e9b85f1bca52c33814755c09d207fd799b718c")
}

// UnpackPaymentFailedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error PaymentFailed()
func (rollup *Rollup) UnpackPaymentFailedError(raw []byte) (*RollupPaymentFailed, error) {
	out := new(RollupPaymentFailed)
	if err := rollup.abi.UnpackIntoInterface(out, "PaymentFailed", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupProofRejected represents a ProofRejected error raised by the Rollup contract.
type RollupProofRejected struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ProofRejected()
func RollupProofRejectedErrorID() common.Hash {
	return common.HexToHash("0xc3b0d8cd541865f9b30efc779f8c07d9e8020f803988cd1623277e97b27f74d7")
}

// UnpackProofRejectedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ProofRejected()
func (rollup *Rollup) UnpackProofRejectedError(raw []byte) (*RollupProofRejected, error) {
	out := new(RollupProofRejected)
	if err := rollup.abi.UnpackIntoInterface(out, "ProofRejected", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupTokenCapExceeded represents a TokenCapExceeded error raised by the Rollup contract.
type RollupTokenCapExceeded struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error TokenCapExceeded()
func RollupTokenCapExceededErrorID() common.Hash {
	return common.HexToHash("0x1bdfed9c680ff6647ada6ebb2803e6eaef91919a4fcfe2aa4c54e7a0423a00df")
}

// UnpackTokenCapExceededError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error TokenCapExceeded()
func (rollup *Rollup) UnpackTokenCapExceededError(raw []byte) (*RollupTokenCapExceeded, error) {
	out := new(RollupTokenCapExceeded)
	if err := rollup.abi.UnpackIntoInterface(out, "TokenCapExceeded", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupTokenUnknown represents a TokenUnknown error raised by the Rollup contract.
type RollupTokenUnknown struct {
	Token uint32
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error TokenUnknown(uint32 token)
func RollupTokenUnknownErrorID() common.Hash {
	return common.HexToHash("0x48a9ec2a56dda4abbc030af6abacc33233c0b23014d8080ceac6d1bda93e504e")
}

// UnpackTokenUnknownError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error TokenUnknown(uint32 token)
func (rollup *Rollup) UnpackTokenUnknownError(raw []byte) (*RollupTokenUnknown, error) {
	out := new(RollupTokenUnknown)
	if err := rollup.abi.UnpackIntoInterface(out, "TokenUnknown", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupWordNotReduced represents a WordNotReduced error raised by the Rollup contract.
type RollupWordNotReduced struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error WordNotReduced()
func RollupWordNotReducedErrorID() common.Hash {
	return common.HexToHash("0x1771be06cd462ed9c7f646f7b288d80397249e00da98f8ed8d56d06f5e6e684b")
}

// UnpackWordNotReducedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error WordNotReduced()
func (rollup *Rollup) UnpackWordNotReducedError(raw []byte) (*RollupWordNotReduced, error) {
	out := new(RollupWordNotReduced)
	if err := rollup.abi.UnpackIntoInterface(out, "WordNotReduced", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupWrongChain represents a WrongChain error raised by the Rollup contract.
type RollupWrongChain struct {
	ChainId *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error WrongChain(uint256 chainId)
func RollupWrongChainErrorID() common.Hash {
	return common.HexToHash("0xbd407ddac37c55f272e363869c6ab0a2f917eb41b1509179e2479630a2f6f917")
}

// UnpackWrongChainError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error WrongChain(uint256 chainId)
func (rollup *Rollup) UnpackWrongChainError(raw []byte) (*RollupWrongChain, error) {
	out := new(RollupWrongChain)
	if err := rollup.abi.UnpackIntoInterface(out, "WrongChain", raw); err != nil {
		return nil, err
	}
	return out, nil
}
