// What golang.org/x/mod takes for the same work: its notes and trees are those of Go's checksum database. It reads a
// folder of N.tlog-proof and N.statement, and prints nanoseconds: one line for each proof, verified; then how many
// entries a second it hashes into a tree in memory.
//
//	peer FOLDER LOG-VKEY ENTRIES
package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	folder, entries := os.Args[1], must(strconv.Atoi(os.Args[3]))
	verifier := must(note.NewVerifier(os.Args[2]))
	paths := must(filepath.Glob(filepath.Join(folder, "*.tlog-proof")))
	// The first ones are warm-up, and printed all the same.
	for _, path := range paths {
		proof := string(must(os.ReadFile(path)))
		statement := must(os.ReadFile(strings.TrimSuffix(path, "tlog-proof") + "statement"))
		began := time.Now()
		check(proof, statement, verifier)
		fmt.Println("proof", time.Since(began).Nanoseconds())
	}
	fmt.Println("entries", hashAll(entries))
}

func check(text string, statement []byte, verifier note.Verifier) {
	head, checkpoint, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	index := must(strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64))
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		var hash tlog.Hash
		copy(hash[:], must(base64.StdEncoding.DecodeString(line)))
		proof = append(proof, hash)
	}
	opened := must(note.Open([]byte(checkpoint), note.VerifierList(verifier)))
	said := strings.Split(opened.Text, "\n")
	size := must(strconv.ParseInt(said[1], 10, 64))
	var root tlog.Hash
	copy(root[:], must(base64.StdEncoding.DecodeString(said[2])))
	if err := tlog.CheckRecord(proof, size, root, index, tlog.RecordHash(statement)); err != nil {
		panic(err)
	}
}

// hashAll is a second's worth of what a check of a ledger does: leaf hashes, and every subtree that becomes full.
func hashAll(entries int) int {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			found[i] = stored[index]
		}
		return found, nil
	})
	entry := bytes.Repeat([]byte("x"), 286)
	began := time.Now()
	for n := 0; n < entries; n++ {
		stored = append(stored, must(tlog.StoredHashes(int64(n), entry, reader))...)
	}
	return int(float64(entries) / time.Since(began).Seconds())
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
