//go:build unix

package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

const deafEnv = "QUIRE_TEST_DEAF"

func TestMain(m *testing.M) {
	if os.Getenv(deafEnv) != "" {
		deaf()
		return
	}
	os.Exit(m.Run())
}

// deaf is a command that cannot be stopped.
func deaf() {
	ctx, stop := interruptible()
	defer stop()
	fmt.Println("runs")
	<-ctx.Done()
	fmt.Println("stops")
	select {}
}

// TestSecondSignalKills: the first signal asks, the second does not.
func TestSecondSignalKills(t *testing.T) {
	for _, signals := range [][2]syscall.Signal{
		{syscall.SIGTERM, syscall.SIGTERM}, {syscall.SIGINT, syscall.SIGINT}, {syscall.SIGTERM, syscall.SIGINT},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, os.Args[0])
		cmd.Env = append(os.Environ(), deafEnv+"=1")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		says := func(want string) {
			if !lines.Scan() || lines.Text() != want {
				t.Fatalf("it says %q, want %q", lines.Text(), want)
			}
		}
		says("runs")
		if err := cmd.Process.Signal(signals[0]); err != nil {
			t.Fatal(err)
		}
		says("stops")
		ended := make(chan error)
		go func() { ended <- cmd.Wait() }()
		// The context ends a moment before the default is back.
		again := time.NewTicker(10 * time.Millisecond)
		defer again.Stop()
		for err = nil; err == nil; {
			select {
			case <-again.C:
				_ = cmd.Process.Signal(signals[1]) // it may have ended just now
			case err = <-ended:
			}
		}
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			t.Fatalf("%v: %v", signals, err)
		}
		if status := exit.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != signals[1] {
			t.Errorf("%v: %v", signals, exit)
		}
	}
}
