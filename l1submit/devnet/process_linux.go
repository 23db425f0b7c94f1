package devnet

import "syscall"

// endWithParent has the kernel end a process when this one ends, however it does.
func endWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGTERM }
