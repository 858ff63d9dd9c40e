namespace TrafficShifter.Fuzzing.Targets;

/// <summary>How HAProxy reads what reaches its socket: commands end with a newline or ';', words with spaces, '\' takes the meaning of the next character, and "&lt;&lt;" begins a payload.</summary>
internal static class CommandLine
{
    /// <summary>The commands of a text, each as its words.</summary>
    public static List<List<string>> Read(string text)
    {
        var (commands, words, word, escaped) = (new List<List<string>>(), new List<string>(), new System.Text.StringBuilder(), false);
        foreach (var c in text)
        {
            if (escaped) (escaped, _) = (false, word.Append(c));
            else if (c == '\\') escaped = true;
            else if (c is ' ' or '\t' or ';' or '\n' or '\r' or '\0') EndWord(c);
            else word.Append(c);
        }
        EndWord('\n');
        return commands;

        void EndWord(char by)
        {
            if (word.Length > 0) words.Add(word.ToString());
            word.Clear();
            if (by is ' ' or '\t' || words.Count == 0) return;
            commands.Add(words);
            words = [];
        }
    }
}
