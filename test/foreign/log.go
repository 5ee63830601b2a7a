// A verifier of logs that shares no code with Heartwood: golang.org/x/mod's sumdb/note and sumdb/tlog, which Go's own
// checksum database uses, read what Heartwood published. It says REFUSED and why, or what it has checked.
//
//	log FOLDER LOG-VKEY VKEY...
//
// FOLDER/log is the log as files (c2sp.org/tlog-tiles), FOLDER/proofs/N.tlog-proof are proofs of single entries, and
// FOLDER/older/* are earlier checkpoints. Every entry, every tile and every stored hash is derived again. A key of type 1
// is a hub's; one of type 4 a witness's, which must have cosigned the newest checkpoint (c2sp.org/tlog-cosignature).
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "usage: log FOLDER LOG-VKEY VKEY...")
		os.Exit(2)
	}
	said, err := verify(os.Args[1], os.Args[2], os.Args[3:])
	if err != nil {
		fmt.Println("REFUSED:", err)
		os.Exit(1)
	}
	fmt.Println(said)
}

func verify(folder, logKey string, otherKeys []string) (string, error) {
	logVerifier, err := note.NewVerifier(logKey)
	if err != nil {
		return "", err
	}
	var hubs, witnesses []note.Verifier
	for _, key := range otherKeys {
		if witness, err := newCosigner(key); err != nil {
			return "", err
		} else if witness != nil {
			witnesses = append(witnesses, witness)
			continue
		}
		hub, err := note.NewVerifier(key)
		if err != nil {
			return "", err
		}
		hubs = append(hubs, hub)
	}
	text, err := os.ReadFile(filepath.Join(folder, "log", "checkpoint"))
	if err != nil {
		return "", err
	}
	tree, err := openCheckpoint(text, logVerifier)
	if err != nil {
		return "", fmt.Errorf("checkpoint: %w", err)
	}
	if err := checkWitnesses(text, witnesses); err != nil {
		return "", fmt.Errorf("checkpoint: %w", err)
	}
	entries, err := readEntries(filepath.Join(folder, "log"), tree.N)
	if err != nil {
		return "", err
	}
	stored, err := derive(entries, note.VerifierList(hubs...))
	if err != nil {
		return "", err
	}
	root, err := tlog.TreeHash(tree.N, stored)
	if err != nil {
		return "", err
	}
	if root != tree.Hash {
		return "", errors.New("the entries do not have the root that the checkpoint signs")
	}
	tiles, err := checkTiles(filepath.Join(folder, "log"), tree, stored)
	if err != nil {
		return "", err
	}
	proofs, err := checkProofs(filepath.Join(folder, "proofs"), entries, logVerifier)
	if err != nil {
		return "", err
	}
	older, err := checkOlder(filepath.Join(folder, "older"), filepath.Join(folder, "log"), tree, logVerifier)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("accepted: %d entries, %d tiles, %d proofs, %d older checkpoints", tree.N, tiles, proofs, older), nil
}

// cosigner verifies cosignature/v1, which x/mod's notes take as any other kind of signature.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }
func (c *cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	head := fmt.Sprintf("cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(signature))
	return ed25519.Verify(c.key, append([]byte(head), text...), signature[8:])
}

// newCosigner reads a key of type 4; nil for another type.
func newCosigner(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("not a key")
	}
	key, err := base64.StdEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize {
		return nil, errors.New("not a key")
	}
	if key[0] != 4 {
		return nil, nil
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	hash := binary.BigEndian.Uint32(sum[:])
	if fmt.Sprintf("%08x", hash) != parts[1] {
		return nil, errors.New("another key id")
	}
	return &cosigner{parts[0], hash, key[1:]}, nil
}

// checkWitnesses asks that each of them has cosigned.
func checkWitnesses(text []byte, witnesses []note.Verifier) error {
	if len(witnesses) == 0 {
		return nil
	}
	opened, err := note.Open(text, note.VerifierList(witnesses...))
	if err != nil {
		return err
	}
	if len(opened.Sigs) != len(witnesses) {
		return errors.New("a witness has not cosigned")
	}
	return nil
}

// openCheckpoint verifies a checkpoint and reads its three lines (c2sp.org/tlog-checkpoint).
func openCheckpoint(text []byte, log note.Verifier) (tlog.Tree, error) {
	opened, err := note.Open(text, note.VerifierList(log))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != log.Name() {
		return tlog.Tree{}, errors.New("not the three lines of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || strconv.FormatInt(size, 10) != lines[1] || size < 0 {
		return tlog.Tree{}, errors.New("its size is no size")
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return tlog.Tree{}, errors.New("its root is no hash")
	}
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], root)
	return tree, nil
}

// c2spPath is the tile's path in c2sp.org/tlog-tiles: x/mod names the height and calls entries "data".
func c2spPath(t tlog.Tile) string {
	path := strings.TrimPrefix(t.Path(), "tile/8/")
	return "tile/" + strings.Replace(path, "data/", "entries/", 1)
}

func readEntries(log string, size int64) ([][]byte, error) {
	var entries [][]byte
	for n := int64(0); n*256 < size; n++ {
		width := size - n*256
		if width > 256 {
			width = 256
		}
		path := c2spPath(tlog.Tile{H: height, L: -1, N: n, W: int(width)})
		bundle, err := os.ReadFile(filepath.Join(log, path))
		if err != nil {
			return nil, err
		}
		for i := int64(0); i < width; i++ {
			if len(bundle) < 2 {
				return nil, fmt.Errorf("%s ends before its entry %d", path, i)
			}
			length := int(bundle[0])<<8 | int(bundle[1])
			if len(bundle) < 2+length {
				return nil, fmt.Errorf("%s ends within its entry %d", path, i)
			}
			entries = append(entries, bundle[2:2+length])
			bundle = bundle[2+length:]
		}
		if len(bundle) != 0 {
			return nil, fmt.Errorf("%s has more than %d entries", path, width)
		}
	}
	return entries, nil
}

// derive verifies each entry as a note of a hub, and returns the stored hashes of the tree over all of them.
func derive(entries [][]byte, hubs note.Verifiers) (tlog.HashReader, error) {
	var hashes []tlog.Hash
	stored := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			if index >= int64(len(hashes)) {
				return nil, errors.New("no such hash")
			}
			found[i] = hashes[index]
		}
		return found, nil
	})
	for n, entry := range entries {
		if _, err := note.Open(entry, hubs); err != nil {
			return nil, fmt.Errorf("entry %d: %w", n, err)
		}
		more, err := tlog.StoredHashes(int64(n), entry, stored)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, more...)
	}
	return stored, nil
}

func checkTiles(log string, tree tlog.Tree, stored tlog.HashReader) (int, error) {
	checked := 0
	for _, tile := range tlog.NewTiles(height, 0, tree.N) {
		// Some versions of NewTiles name every partial tile on the way to this size; a log keeps those it had published.
		width := tree.N>>(height*tile.L) - tile.N*256
		if tile.W < 256 && int64(tile.W) != width {
			continue
		}
		checked++
		derived, err := tlog.ReadTileData(tile, stored)
		if err != nil {
			return 0, err
		}
		published, err := os.ReadFile(filepath.Join(log, c2spPath(tile)))
		if err != nil {
			return 0, err
		}
		if !bytes.Equal(derived, published) {
			return 0, fmt.Errorf("%s is not what the entries give", c2spPath(tile))
		}
	}
	return checked, nil
}

func checkProofs(folder string, entries [][]byte, log note.Verifier) (int, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.tlog-proof"))
	if err != nil {
		return 0, err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return 0, err
		}
		if err := checkProof(string(text), entries, log); err != nil {
			return 0, fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
	}
	return len(files), nil
}

// checkProof reads c2sp.org/tlog-proof and lets x/mod check the inclusion.
func checkProof(text string, entries [][]byte, log note.Verifier) error {
	head, checkpoint, found := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "index ") {
		return errors.New("not a tlog-proof")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil || index < 0 || index >= int64(len(entries)) {
		return errors.New("its index is no index")
	}
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	tree, err := openCheckpoint([]byte(checkpoint), log)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entries[index]))
}

// tileFiles lets x/mod read proofs out of the published tiles alone.
type tileFiles struct{ log string }

func (f tileFiles) Height() int { return height }
func (f tileFiles) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		var err error
		if data[i], err = os.ReadFile(filepath.Join(f.log, c2spPath(tile))); err != nil {
			return nil, err
		}
	}
	return data, nil
}
func (f tileFiles) SaveTiles([]tlog.Tile, [][]byte) {}

func checkOlder(folder, log string, tree tlog.Tree, key note.Verifier) (int, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		return 0, err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return 0, err
		}
		older, err := openCheckpoint(text, key)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
		proof, err := tlog.ProveTree(tree.N, older.N, tlog.TileHashReader(tree, tileFiles{log}))
		if err != nil {
			return 0, fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, older.N, older.Hash); err != nil {
			return 0, fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
	}
	return len(files), nil
}
