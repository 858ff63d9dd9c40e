using TrafficShifter.Cli.Hosting;

namespace TrafficShifter.Cli.Output;

/// <summary>Writes what went wrong, on stderr: three lines for people, the problem document for programs.</summary>
internal static class FailurePrinter
{
    public static void Print(Terminal terminal, Settings settings, Failure failure)
    {
        if (!settings.IsForPeople)
        {
            terminal.Error.WriteLine(failure.ToJson());
            return;
        }
        var label = settings.Colour && terminal.ErrorIsTerminal ? "\u001b[31merror:\u001b[0m" : "error:";
        terminal.Error.WriteLine($"{label}  {Plain.Text(failure.Message)}");
        if (failure is Api.ProblemFailure problem)
            foreach (var (pointer, sentence) in problem.Places) terminal.Error.WriteLine($"at:     {Plain.Text(pointer)}: {Plain.Text(sentence)}");
        if (failure.State is { } state) terminal.Error.WriteLine($"state:  {Plain.Text(state)}");
        if (failure.Advice is { } advice) terminal.Error.WriteLine($"try:    {Plain.Text(advice)}");
    }
}
