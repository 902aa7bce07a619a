// Alloysyntax says where the syntax of a configuration for Grafana Alloy is broken, by the parser that Alloy has itself.
// It knows no component: a misspelt argument is not found.
package main

import (
	"fmt"
	"os"

	"github.com/grafana/alloy/syntax/parser"
)

func main() {
	broken := false
	for _, path := range os.Args[1:] {
		text, err := os.ReadFile(path)
		if err == nil {
			_, err = parser.ParseFile(path, text)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			broken = true
		}
	}
	if broken {
		os.Exit(1)
	}
}
