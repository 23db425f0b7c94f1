package signer

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPasswordFile(t *testing.T) {
	for _, test := range []struct{ content, want string }{
		{"correct horse", "correct horse"},
		{"correct horse\n", "correct horse"},
		{"correct horse\r\n", "correct horse"},
		{" spaces count ", " spaces count "},
		{"naïve", "naïve"},
		{strings.Repeat("x", maxPassword), strings.Repeat("x", maxPassword)},
	} {
		for _, mode := range []os.FileMode{0o600, 0o400} {
			got, err := secretFile(t, test.content, mode).Read()
			if err != nil || got != test.want {
				t.Errorf("%q with mode %#o: %q, error %v", test.content, mode, got, err)
			}
		}
	}
	for name, content := range map[string]string{
		"empty": "", "a line break": "\n", "two lines": "a\nb", "two line breaks": "a\n\n",
		"too long": strings.Repeat("x", maxPassword+1),
	} {
		if got, err := secretFile(t, content, 0o600).Read(); err == nil {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestPasswordFilePermissions(t *testing.T) {
	for _, mode := range []os.FileMode{0o644, 0o640, 0o604, 0o620, 0o601, 0o777} {
		_, err := secretFile(t, "secret", mode).Read()
		if !errors.Is(err, ErrPermissions) {
			t.Errorf("mode %#o: error %v", mode, err)
			continue
		}
		if !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("%q does not say what to do", err)
		}
	}
	if _, err := PasswordFile(filepath.Join(t.TempDir(), "none")).Read(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: error %v", err)
	}
	if _, err := PasswordFile(t.TempDir()).Read(); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a directory: error %v", err)
	}
}

func TestPasswordSourceMissing(t *testing.T) {
	if _, err := (Password{}).Read(); err == nil {
		t.Error("the zero value has a password")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	defer r.Close()
	var out bytes.Buffer
	_, err = PasswordTerminal(r, &out, "Password").Read()
	if err == nil || !strings.Contains(err.Error(), "not a terminal") {
		t.Errorf("a pipe for a terminal: error %v", err)
	}
	if out.Len() != 0 {
		t.Errorf("asked %q where nobody can answer", out.String())
	}
}
