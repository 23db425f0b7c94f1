// Command quire proves batches of layer-2 transfers and shows them to an EVM.
// Run quire help for its commands.
package main

import (
	"os"

	"github.com/quirezk/quire/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr)) }
