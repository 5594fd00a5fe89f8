//go:build !bench

package main

// runExtra is where the benchmark's build hangs its own command in.
func runExtra(request) bool { return false }
