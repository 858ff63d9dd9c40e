using System.Collections;
using System.Text;

namespace TrafficShifter.Templates.Tests.ConsulTemplate;

/// <summary>
/// Renders a template as consul-template does, over a real Consul: pass after pass, until everything that it asks for is known. It knows
/// the part of the language that the templates use, and refuses the rest. So a template that passes here uses nothing that was not looked up.
/// </summary>
internal sealed class Renderer
{
    private const int MostPasses = 10;
    private readonly ParsedTemplate _template;
    private readonly Functions _functions;
    private readonly List<(string Name, object? Value)> _variables = [];

    private Renderer(ParsedTemplate template, Brain brain, IReadOnlyDictionary<string, string> environment)
    {
        _template = template;
        _functions = new Functions(brain, environment, Execute);
    }

    /// <summary>The rendered text; null when consul-template would write nothing, because something it must have is not there.</summary>
    /// <exception cref="TemplateException">The template is not understood, or would end consul-template.</exception>
    public static async Task<string?> RenderAsync(string source, Uri consul, IReadOnlyDictionary<string, string> environment)
    {
        var (template, brain) = (Parser.Parse(source), new Brain(consul));
        for (var pass = 0; pass < MostPasses; pass++)
        {
            brain.IsMissingSomething = false;
            var text = new Renderer(template, brain, environment).Run(template.Body, null);
            if (!await brain.LearnAsync()) return brain.IsMissingSomething ? null : text;
        }
        throw new TemplateException($"after {MostPasses} passes it still asks for more");
    }

    private string Execute(string definition, object? dot) =>
        _template.Definitions.TryGetValue(definition, out var body) ? Run(body, dot) : throw new TemplateException($"there is no definition \"{definition}\"");

    private string Run(IReadOnlyList<Node> body, object? dot)
    {
        // A definition sees none of its caller's variables.
        var outer = _variables.ToList();
        _variables.Clear();
        _variables.Add(("$", dot));
        var text = new StringBuilder();
        Walk(body, dot, text);
        _variables.Clear();
        _variables.AddRange(outer);
        return text.ToString();
    }

    private void Walk(IReadOnlyList<Node> nodes, object? dot, StringBuilder text)
    {
        foreach (var node in nodes) Walk(node, dot, text);
    }

    private void Walk(Node node, object? dot, StringBuilder text)
    {
        var scope = _variables.Count;
        switch (node)
        {
            case Node.Text plain:
                text.Append(plain.Value);
                break;
            case Node.Output output:
                text.Append(Go.Print(Evaluate(output.Value, dot)));
                break;
            case Node.Assignment { Declares: true } declaration:
                _variables.Add((declaration.Name, Evaluate(declaration.Value, dot)));
                return;
            case Node.Assignment assignment:
                _variables[Find(assignment.Name)] = (assignment.Name, Evaluate(assignment.Value, dot));
                break;
            case Node.If choice:
                Walk(Go.IsTrue(Evaluate(choice.Condition, dot)) ? choice.Then : choice.Else, dot, text);
                break;
            case Node.Range range:
                foreach (var element in Evaluate(range.List, dot) as IEnumerable ?? throw new TemplateException("a range is over a list"))
                {
                    if (range.Variable is { } variable) _variables.Add((variable, element));
                    Walk(range.Body, element, text);
                    _variables.RemoveRange(scope, _variables.Count - scope);
                }
                break;
            default:
                throw new TemplateException($"{node.GetType().Name} is not known here");
        }
        _variables.RemoveRange(scope, _variables.Count - scope);
    }

    private int Find(string name) => _variables.FindLastIndex(variable => variable.Name == name) is >= 0 and var at ? at : throw new TemplateException($"undefined variable \"{name}\"");

    private object? Evaluate(Expression expression, object? dot) => expression switch
    {
        Expression.Literal literal => literal.Value,
        Expression.Reference value => value.Fields.Aggregate(value.Variable is null ? dot : _variables[Find(value.Variable)].Value, Go.Field),
        Expression.Call call => _functions.Call(call.Function, [.. call.Arguments.Select(argument => Evaluate(argument, dot))]),
        _ => throw new TemplateException($"{expression.GetType().Name} is not known here"),
    };
}
