//go:build race

package client_test

const raced = true // the race detector allocates as well
