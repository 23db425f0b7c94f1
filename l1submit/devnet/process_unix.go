//go:build unix

package devnet

import (
	"errors"
	"os/exec"
	"syscall"
)

// ownGroup has a process start a group of its own: npm's anvil is a script that
// starts the real one, and a signal for the script alone would leave that behind.
func ownGroup(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	endWithParent(c.SysProcAttr)
}

// killGroup ends a process and all that it started.
func killGroup(c *exec.Cmd) error {
	err := syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
	if errors.Is(err, syscall.ESRCH) {
		return nil // it has gone
	}
	return err
}
