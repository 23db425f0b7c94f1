package circuits

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/quirezk/quire/protocol"
)

// ErrUnknownShape is returned for a name that no shape has.
var ErrUnknownShape = errors.New("unknown shape")

// shapes are the circuits there are, smallest first. A shape's capacities fix
// its keys: changing one here makes a new circuit. docs/shapes.md says what each
// is tuned to.
var shapes = []protocol.Shape{
	{Name: "tiny", Openings: 2, LayerOne: 2, FeeAccounts: 2, Exits: 4, Transfers: 4, Accounts: 8, Nodes: 56},
	{Name: "small", Openings: 4, LayerOne: 4, FeeAccounts: 2, Exits: 8, Transfers: 16, Accounts: 16, Nodes: 96},
	{Name: "t512-hot", Openings: 16, LayerOne: 16, FeeAccounts: 4, Exits: 32, Transfers: 512, Accounts: 610, Nodes: 3168},
	{Name: "t512", Openings: 16, LayerOne: 16, FeeAccounts: 4, Exits: 32, Transfers: 512, Accounts: 1044, Nodes: 5080},
}

// Shapes returns all shapes, smallest first.
func Shapes() []protocol.Shape { return slices.Clone(shapes) }

// ShapeByName returns the shape of that name, or an error that lists the names
// there are and wraps [ErrUnknownShape].
func ShapeByName(name string) (protocol.Shape, error) {
	names := make([]string, len(shapes))
	for i, s := range shapes {
		if s.Name == name {
			return s, nil
		}
		names[i] = s.Name
	}
	return protocol.Shape{}, fmt.Errorf("%w %q: there are %s", ErrUnknownShape, name, strings.Join(names, ", "))
}
