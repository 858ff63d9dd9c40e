namespace TrafficShifter.Templates.Tests.ConsulTemplate;

/// <summary>The part of Go's template language that the templates use. Anything else is refused by the parser.</summary>
internal abstract record Node
{
    private Node()
    {
    }

    public sealed record Text(string Value) : Node;

    public sealed record Output(Expression Value) : Node;

    /// <param name="Declares"><c>:=</c>; else <c>=</c>.</param>
    public sealed record Assignment(string Name, Expression Value, bool Declares) : Node;

    public sealed record If(Expression Condition, IReadOnlyList<Node> Then, IReadOnlyList<Node> Else) : Node;

    /// <param name="Variable">Null: the element is the dot.</param>
    public sealed record Range(string? Variable, Expression List, IReadOnlyList<Node> Body) : Node;
}

internal abstract record Expression
{
    private Expression()
    {
    }

    public sealed record Literal(object Value) : Expression;

    /// <summary><c>.</c>, <c>.Key</c>, <c>$x.lock.to</c>.</summary>
    /// <param name="Variable">Null: the dot.</param>
    public sealed record Reference(string? Variable, IReadOnlyList<string> Fields) : Expression;

    /// <summary><c>printf "%T" .</c>, <c>scratch.Get "x"</c>.</summary>
    public sealed record Call(string Function, IReadOnlyList<Expression> Arguments) : Expression;
}
