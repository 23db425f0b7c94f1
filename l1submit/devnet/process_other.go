//go:build !unix

package devnet

import "os/exec"

func ownGroup(*exec.Cmd) {}

// killGroup ends a process.
func killGroup(c *exec.Cmd) error { return c.Process.Kill() }
