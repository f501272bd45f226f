package surface

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Each identifier that the library exports is named here.
func TestEverythingIsNamed(t *testing.T) {
	named := ""
	for _, file := range []string{"client.go", "purgetest.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		named += string(text)
	}
	words := strings.Fields(named)
	all := append(exported(t, "client"), exported(t, "client/purgetest")...)
	if len(all) < 150 {
		t.Errorf("the library exports %d identifiers only", len(all))
	}
	for _, name := range all {
		if !slices.Contains(words, name) {
			t.Errorf("%s is new: name it, if it is to stay", name)
		}
	}
	t.Logf("%d exported identifiers", len(all))
}

// exported lists the exported identifiers of a package of the library, as they
// are named here.
func exported(t *testing.T, dir string) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(os.Getenv("LIBRARY"), dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files of %s: %v", dir, err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range parsed.Decls {
			names = append(names, declared(decl)...)
		}
	}
	for i := range names {
		before, found := strings.CutPrefix(names[i], "(*")
		names[i] = filepath.Base(dir) + "." + before
		if found {
			names[i] = "(*" + names[i]
		}
	}
	return names
}

func declared(decl ast.Decl) (names []string) {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		name := decl.Name.Name
		if decl.Recv != nil {
			recv, form := decl.Recv.List[0].Type, "%"
			if star, ok := recv.(*ast.StarExpr); ok {
				recv, form = star.X, "(*%)"
			}
			if receiver := recv.(*ast.Ident); receiver.IsExported() {
				name = strings.Replace(form, "%", receiver.Name, 1) + "." + name
			} else {
				return nil
			}
		}
		if decl.Name.IsExported() {
			names = append(names, name)
		}
	case *ast.GenDecl:
		for _, spec := range decl.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				names = append(names, members(spec)...)
			case *ast.ValueSpec:
				for _, name := range spec.Names {
					if name.IsExported() {
						names = append(names, name.Name)
					}
				}
			}
		}
	}
	return names
}

func members(spec *ast.TypeSpec) (names []string) {
	if !spec.Name.IsExported() {
		return nil
	}
	names = append(names, spec.Name.Name)
	var fields *ast.FieldList
	form := "{}."
	switch underlying := spec.Type.(type) {
	case *ast.StructType:
		fields = underlying.Fields
	case *ast.InterfaceType:
		fields, form = underlying.Methods, "."
	default:
		return names
	}
	for _, field := range fields.List {
		for _, name := range field.Names {
			if name.IsExported() {
				names = append(names, spec.Name.Name+form+name.Name)
			}
		}
	}
	return names
}
