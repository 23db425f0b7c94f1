package signer

import (
	"bytes"
	"fmt"
	"os"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// duplicate returns another descriptor of the same file.
func duplicate(t *testing.T, f *os.File) uintptr {
	t.Helper()
	fd, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return uintptr(fd)
}

// openTerminal returns both ends of a pseudo-terminal.
func openTerminal(t *testing.T) (keyboard, terminal *os.File) {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keyboard.Close() })
	if err := unix.IoctlSetPointerInt(int(keyboard.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(keyboard.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close() })
	return keyboard, terminal
}

func TestPasswordTerminal(t *testing.T) {
	keyboard, terminal := openTerminal(t)
	if _, err := keyboard.WriteString("typed\n"); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	got, err := PasswordTerminal(terminal, &out, "Password for 0x1").Read()
	if err != nil || got != "typed" {
		t.Fatalf("%q, error %v", got, err)
	}
	if out.String() != "Password for 0x1: \n" {
		t.Errorf("printed %q", out.String())
	}
}

func TestPasswordFD(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteString("from a pipe\n"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	// A descriptor of its own: PasswordFD closes what it is given.
	fd := duplicate(t, r)
	password := PasswordFD(fd)
	if got, err := password.Read(); err != nil || got != "from a pipe" {
		t.Errorf("%q, error %v", got, err)
	}
	if got, err := password.Read(); err == nil {
		t.Errorf("a second time: %q", got)
	}
	if got, err := PasswordFD(^uintptr(0)).Read(); err == nil {
		t.Errorf("no descriptor: %q", got)
	}
}
