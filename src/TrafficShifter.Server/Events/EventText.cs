using System.Runtime.CompilerServices;
using System.Text;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Events;

namespace TrafficShifter.Server.Events;

/// <summary>An event as its stream has it, written once however many follow.</summary>
internal static class EventText
{
    private static readonly ConditionalWeakTable<PlacedEvent, byte[]> Written = [];

    public static ReadOnlyMemory<byte> Of(PlacedEvent placed) => Written.GetValue(placed, static p => Encoding.UTF8.GetBytes($"id: {p.Position}\ndata: {DocumentJson.Write(p.Event)}\n\n"));
}
