using System.Globalization;

namespace TrafficShifter.Templates.Tests.ConsulTemplate;

/// <param name="Body">What stands outside of all definitions.</param>
internal sealed record ParsedTemplate(IReadOnlyList<Node> Body, IReadOnlyDictionary<string, IReadOnlyList<Node>> Definitions);

/// <summary>Reads a template. What it does not know, it refuses: pipes, `with`, `break`, `else` of a range.</summary>
internal sealed class Parser
{
    private static readonly Token None = new(TokenKind.Close, "");
    private readonly IReadOnlyList<Token> _tokens;
    private readonly Dictionary<string, IReadOnlyList<Node>> _definitions = [];
    private int _at;
    private bool _isInside;

    private Parser(IReadOnlyList<Token> tokens) => _tokens = tokens;

    public static ParsedTemplate Parse(string source)
    {
        var parser = new Parser(Lexer.Run(source));
        var (body, ended) = parser.ReadList();
        if (ended is not null) throw new TemplateException($"\"{ended}\" ends nothing");
        return new ParsedTemplate(body, parser._definitions);
    }

    private Token Next() => _at < _tokens.Count ? _tokens[_at++] : throw new TemplateException("the template ends in the middle");

    private Token Peek() => _at < _tokens.Count ? _tokens[_at] : None;

    private void Expect(TokenKind kind, string text)
    {
        var token = Next();
        if (token.Kind != kind || token.Text != text) throw new TemplateException($"\"{text}\" was expected, not \"{token.Text}\"");
    }

    /// <summary>Nodes up to the `end` or `else` of whatever holds them, which is returned too; the rest of that action is still to be read.</summary>
    private (List<Node> Nodes, string? Ended) ReadList()
    {
        var nodes = new List<Node>();
        while (_at < _tokens.Count)
        {
            var token = Next();
            if (token.Kind == TokenKind.Text)
            {
                nodes.Add(new Node.Text(token.Text));
                continue;
            }
            if (Peek() is { Kind: TokenKind.Name, Text: "end" or "else" } end)
            {
                _at++;
                return (nodes, end.Text);
            }
            if (ReadAction() is { } node) nodes.Add(node);
        }
        return (nodes, null);
    }

    private Node? ReadAction()
    {
        var first = Peek();
        if (first is { Kind: TokenKind.Name, Text: "if" or "range" or "define" })
        {
            _at++;
            return first.Text switch { "if" => ReadIf(), "range" => ReadRange(), _ => ReadDefine() };
        }
        if (first is { Kind: TokenKind.Name, Text: "with" or "break" or "continue" or "template" or "block" }) throw new TemplateException($"\"{first.Text}\" is not known here");
        var node = FindAssignment() is { } assignment
            ? new Node.Assignment(assignment.Name, ReadExpression(), assignment.Declares)
            : (Node)new Node.Output(ReadExpression());
        Close();
        return node;
    }

    private void Close() => Expect(TokenKind.Close, "}}");

    private (string Name, bool Declares)? FindAssignment()
    {
        if (Peek() is not { Kind: TokenKind.Name } name || !name.Text.StartsWith('$') || _tokens[_at + 1] is not { Kind: TokenKind.Mark, Text: ":=" or "=" } mark) return null;
        _at += 2;
        return (name.Text, mark.Text == ":=");
    }

    private Node.If ReadIf()
    {
        var condition = ReadExpression();
        Close();
        var (then, ended) = Inside();
        if (ended == "end")
        {
            Close();
            return new Node.If(condition, then, []);
        }
        if (Peek() is { Kind: TokenKind.Name, Text: "if" })
        {
            _at++;
            return new Node.If(condition, then, [ReadIf()]);
        }
        Close();
        var (otherwise, last) = Inside();
        if (last != "end") throw new TemplateException("an `if` has two `else`");
        Close();
        return new Node.If(condition, then, otherwise);
    }

    private Node.Range ReadRange()
    {
        var variable = FindAssignment();
        if (variable is { Declares: false }) throw new TemplateException("a range declares its variable");
        var list = ReadExpression();
        Close();
        var (body, ended) = Inside();
        if (ended != "end") throw new TemplateException("an `else` of a range is not known here");
        Close();
        return new Node.Range(variable?.Name, list, body);
    }

    private Node? ReadDefine()
    {
        if (_isInside) throw new TemplateException("a definition stands outside of everything");
        var name = Next();
        if (name.Kind != TokenKind.String) throw new TemplateException("a definition has a name");
        Close();
        var (body, ended) = Inside();
        if (ended != "end" || !_definitions.TryAdd(name.Text, body)) throw new TemplateException($"the definition \"{name.Text}\" does not end, or is there twice");
        Close();
        return null;
    }

    private (List<Node> Nodes, string? Ended) Inside()
    {
        var before = _isInside;
        _isInside = true;
        var read = ReadList();
        _isInside = before;
        return read;
    }

    private Expression ReadExpression()
    {
        var operands = new List<Expression>();
        string? function = null;
        while (Peek() is not ({ Kind: TokenKind.Close } or { Kind: TokenKind.Mark, Text: ")" }))
        {
            if (operands.Count == 0 && function is null && Peek() is { Kind: TokenKind.Name } name && char.IsAsciiLetter(name.Text[0]) && name.Text is not ("true" or "false")) function = Next().Text;
            else operands.Add(ReadOperand());
        }
        if (function is not null) return new Expression.Call(function, operands);
        return operands is [var only] ? only : throw new TemplateException("a value takes no arguments");
    }

    private Expression ReadOperand()
    {
        var token = Next();
        switch (token)
        {
            case { Kind: TokenKind.String }:
                return new Expression.Literal(token.Text);
            case { Kind: TokenKind.Number }:
                return new Expression.Literal(long.Parse(token.Text, NumberStyles.None, CultureInfo.InvariantCulture));
            case { Kind: TokenKind.Mark, Text: "(" }:
                var inner = ReadExpression();
                Expect(TokenKind.Mark, ")");
                return inner;
            case { Kind: TokenKind.Name, Text: "true" or "false" }:
                return new Expression.Literal(token.Text == "true");
            case { Kind: TokenKind.Name } when token.Text.StartsWith('$'):
                var parts = token.Text.Split('.');
                return new Expression.Reference(parts[0], parts[1..]);
            case { Kind: TokenKind.Name } when token.Text.StartsWith('.'):
                return new Expression.Reference(null, token.Text.Split('.', StringSplitOptions.RemoveEmptyEntries));
            default:
                throw new TemplateException($"\"{token.Text}\" is not a value");
        }
    }
}
