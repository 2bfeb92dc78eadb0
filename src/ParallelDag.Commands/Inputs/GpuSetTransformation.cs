using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace ParallelDag.Commands.Inputs;

/// <summary>Makes a GPU set of <c>3</c>, <c>0..15</c>, <c>'0-15'</c> or <c>'0-1,4-5'</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class GpuSetTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (value is GpuSet set)
            return set;
        IEnumerable<object?> items = value is IEnumerable list and not string ? list.Cast<object?>() : [value];
        string text = string.Join(',',
            items.Select(item => Convert.ToString(item is PSObject boxed ? boxed.BaseObject : item, CultureInfo.InvariantCulture)));
        return GpuSet.TryParse(text, out GpuSet? parsed) && !parsed.IsEmpty
            ? parsed
            : throw new ArgumentTransformationMetadataException($"'{text}' is no set of GPUs; write 3, 0..15, '0-15' or '0-1,4-5'.");
    }
}
