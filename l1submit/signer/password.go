package signer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// maxPassword bounds what is read where a password should be: more is a mistake.
const maxPassword = 4096

// Password is where a password comes from. It is read when it is needed, once
// for each use.
type Password struct {
	read func() (string, error)
}

// PasswordFile reads the password from a file that nobody but its owner may
// read or write, else the error is [ErrPermissions]. One line break at its end
// is not part of the password.
func PasswordFile(path string) Password {
	return Password{func() (string, error) {
		f, err := openSecret(path)
		if err != nil {
			return "", fmt.Errorf("password file: %w", err)
		}
		defer f.Close() // nothing was written
		password, err := readPassword(f)
		if err != nil {
			return "", fmt.Errorf("password file %s: %w", path, err)
		}
		return password, nil
	}}
}

// PasswordFD reads the password from an open file descriptor, up to its end,
// and closes it. One line break at its end is not part of the password:
//
//	quire … --password-fd 3 3< <(secret-tool lookup quire l1)
func PasswordFD(fd uintptr) Password {
	return Password{func() (string, error) {
		f := os.NewFile(fd, fmt.Sprintf("file descriptor %d", fd))
		if f == nil {
			return "", fmt.Errorf("password: %d is not a file descriptor", fd)
		}
		defer f.Close() // nothing was written
		password, err := readPassword(f)
		if err != nil {
			return "", fmt.Errorf("password from file descriptor %d: %w", fd, err)
		}
		return password, nil
	}}
}

// PasswordTerminal asks for the password on a terminal, which does not show it.
// question is written to out, usually standard error.
func PasswordTerminal(terminal *os.File, out io.Writer, question string) Password {
	return Password{func() (string, error) {
		fd := int(terminal.Fd())
		if !term.IsTerminal(fd) {
			return "", fmt.Errorf("password: %s is not a terminal: give a password file or a file descriptor instead", terminal.Name())
		}
		if _, err := fmt.Fprintf(out, "%s: ", question); err != nil {
			return "", fmt.Errorf("ask for the password: %w", err)
		}
		line, err := term.ReadPassword(fd)
		// The line break that was typed is not shown either.
		if _, printErr := fmt.Fprintln(out); err == nil {
			err = printErr
		}
		if err != nil {
			return "", fmt.Errorf("read the password from the terminal: %w", err)
		}
		password, err := readPassword(bytes.NewReader(line))
		if err != nil {
			return "", fmt.Errorf("password from the terminal: %w", err)
		}
		return password, nil
	}}
}

// Read returns the password. It is never empty.
func (p Password) Read() (string, error) {
	if p.read == nil {
		return "", errors.New("no password source: give a file, a file descriptor or a terminal")
	}
	return p.read()
}

// openSecret opens a file that only its owner can read or write. The open file
// is asked, not the path: it cannot be exchanged in between.
func openSecret(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err // names the path
	}
	info, err := f.Stat()
	if err == nil {
		switch {
		case !info.Mode().IsRegular():
			err = fmt.Errorf("%s is not a regular file", path)
		case info.Mode().Perm()&0o077 != 0:
			err = fmt.Errorf("%w: %s has mode %#o: run chmod 600 on it, and change the secret if others may have read it",
				ErrPermissions, path, info.Mode().Perm())
		}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// readPassword reads to the end and takes one line break off it.
func readPassword(r io.Reader) (string, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxPassword+1))
	if err != nil {
		return "", err
	}
	if len(text) > maxPassword {
		return "", fmt.Errorf("more than %d bytes: this is not a password", maxPassword)
	}
	text = bytes.TrimSuffix(text, []byte("\n"))
	text = bytes.TrimSuffix(text, []byte("\r"))
	if bytes.ContainsAny(text, "\r\n") {
		return "", errors.New("more than one line: keep the password alone in it")
	}
	if len(text) == 0 {
		return "", errors.New("empty: a key without a password is not protected")
	}
	return string(text), nil
}
