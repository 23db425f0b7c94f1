package devnet_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/rpc"

	"github.com/quirezk/quire/l1submit/devnet"
)

// script writes an executable that stands for anvil.
func script(t *testing.T, path, commands string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+commands+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFindAnvil(t *testing.T) {
	root := t.TempDir()
	below := filepath.Join(root, "a", "b")
	if err := os.MkdirAll(below, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir(below)

	t.Setenv(devnet.AnvilEnv, "")
	_, err := devnet.FindAnvil()
	if !errors.Is(err, devnet.ErrNotInstalled) || !strings.Contains(err.Error(), "make tools") || !strings.Contains(err.Error(), devnet.AnvilEnv) {
		t.Errorf("nowhere: error %v", err)
	}
	if _, err := devnet.StartAnvil(t.Context(), devnet.Options{}); !errors.Is(err, devnet.ErrNotInstalled) {
		t.Errorf("start: error %v", err)
	}

	want := script(t, filepath.Join(root, "contracts", "node_modules", ".bin", "anvil"), "")
	if got, err := devnet.FindAnvil(); err != nil || !sameFile(t, got, want) {
		t.Errorf("above: %q, error %v", got, err)
	}
	other := script(t, filepath.Join(root, "other"), "")
	t.Setenv(devnet.AnvilEnv, other)
	if got, err := devnet.FindAnvil(); err != nil || got != other {
		t.Errorf("by environment: %q, error %v", got, err)
	}
	t.Setenv(devnet.AnvilEnv, filepath.Join(root, "none"))
	// Not skipped by any test: somebody says that it is there.
	if _, err := devnet.FindAnvil(); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, devnet.ErrNotInstalled) || !strings.Contains(err.Error(), devnet.AnvilEnv) {
		t.Errorf("by environment, and not there: error %v", err)
	}
}

func sameFile(t *testing.T, a, b string) bool {
	t.Helper()
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	return os.SameFile(infoA, infoB)
}

// node answers like an anvil with other rules.
type node struct{}

func (node) ClientVersion() string { return "anvil/v0.0.1" }

type nodeInfo struct{}

func (nodeInfo) NodeInfo() map[string]string { return map[string]string{"hardFork": "Prague"} }

func TestAnvilThatFails(t *testing.T) {
	server := rpc.NewServer()
	if err := errors.Join(server.RegisterName("web3", node{}), server.RegisterName("anvil", nodeInfo{})); err != nil {
		t.Fatal(err)
	}
	old := httptest.NewServer(server)
	defer old.Close()
	nothing := httptest.NewServer(http.NotFoundHandler())
	nothing.Close()
	listen := func(s *httptest.Server) string {
		return fmt.Sprintf("echo Listening on %s; exec sleep 600", s.Listener.Addr())
	}

	for name, test := range map[string]struct{ commands, says string }{
		"ends":        {"echo no such option >&2; exit 2", "no such option"},
		"not anvil":   {listen(nothing), "web3_clientVersion"},
		"other rules": {listen(old), "rules of Prague"},
		"ends later":  {fmt.Sprintf("echo Listening on %s; echo no memory", nothing.Listener.Addr()), "web3_clientVersion"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(devnet.AnvilEnv, script(t, filepath.Join(t.TempDir(), "anvil"), test.commands))
			chain, err := devnet.StartAnvil(t.Context(), devnet.Options{})
			if err == nil {
				t.Fatal(chain.Close())
			}
			if errors.Is(err, devnet.ErrNotInstalled) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("error %v", err)
			}
		})
	}

	t.Setenv(devnet.AnvilEnv, t.TempDir()) // a directory cannot be run
	if _, err := devnet.StartAnvil(t.Context(), devnet.Options{}); err == nil {
		t.Error("a directory was started")
	}
}
