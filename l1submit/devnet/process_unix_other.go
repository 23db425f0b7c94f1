//go:build unix && !linux

package devnet

import "syscall"

func endWithParent(*syscall.SysProcAttr) {}
