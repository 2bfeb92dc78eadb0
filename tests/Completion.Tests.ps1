# Completion: what Tab offers, quoted where it must be, and never an error.

BeforeAll {
    . $PSScriptRoot/ModuleUnderTest.ps1
    $scratch = Enter-Scratch
    $global:dagForCompletion = Get-ParallelDag ./examples/llm_parallel.yaml
    function Complete([string] $Line) { (TabExpansion2 $Line $Line.Length).CompletionMatches.CompletionText }
}

AfterAll {
    Remove-Variable dagForCompletion -Scope Global
    Exit-Scratch $scratch
}

Describe 'Tab' {
    It 'after <Line> offers <Expected>' -ForEach @(
        @{ Line = 'Get-ParallelDag -Detail '; Expected = 'Overview', 'Operator', 'Device' }
        @{ Line = 'Get-ParallelDag -Phase d'; Expected = @('Decode') }
        @{ Line = 'Export-DagSvg -Folding n'; Expected = @('Never') }
        @{ Line = 'Test-ParallelDag -Rule pd01'; Expected = 'PD010', 'PD011' }
        @{ Line = 'Get-DagNode -Kind rou'; Expected = @('routing') }
        @{ Line = 'Get-DagEdge -Kind g'; Expected = @('gate') }
        @{ Line = 'Get-DagNode -Op top'; Expected = @('top_k') }
        @{ Line = '$dagForCompletion | Get-DagNode -Op experts'; Expected = @('experts') }
        @{ Line = '$dagForCompletion | Get-DagNode -Stage '; Expected = '1', '2', '3', '4' }
        @{ Line = '$dagForCompletion | Export-DagSvg -Stage 3'; Expected = @('3') }
        @{ Line = '$dagForCompletion | Get-DagNode -Layer 16'; Expected = @('16') }
        @{ Line = 'Get-DagNode -InputObject $dagForCompletion -Id prefill_l1_gate'; Expected = 'prefill_l1_gate_sp0', 'prefill_l1_gate_sp1' }
        @{ Line = '$dagForCompletion | Get-DagNode prefill_l1_dispatch'; Expected = @('prefill_l1_dispatch') }
        @{ Line = '$dagForCompletion | Get-DagEdge -Source prefill_l1_disp'; Expected = @('prefill_l1_dispatch') }
        @{ Line = 'New-DeploymentPlan -Cluster h100'; Expected = @("'8 x H100-SXM-80GB'") }
        @{ Line = "New-DeploymentPlan -Cluster '64 x H2"; Expected = @("'64 x H200-SXM-141GB'") }
        @{ Line = "New-DeploymentPlan -Prefill 'pp4 ep4 tp1"; Expected = @("'pp4 ep4 tp16'") }
        @{ Line = "New-DeploymentPlan -Prefill 'tp8 ch"; Expected = "'tp8 chunk=2048'", "'tp8 chunk=8192'" }
        @{ Line = "New-DeploymentPlan -Prefill 'tp8 re"; Expected = "'tp8 redundantExperts='", "'tp8 replicas=2'" }
        @{ Line = "New-DeploymentPlan -Decode 'tp8 k"; Expected = "'tp8 kvParallel=2'", "'tp8 kvParallel=8'" }
        @{ Line = "New-DeploymentPlan -Decode 'tp8 fi"; Expected = @("'tp8 firstGpu='") }
        @{ Line = "New-DeploymentPlan -Decode 'tp8 ba"; Expected = "'tp8 balance=true'", "'tp8 batch='" }
        @{ Line = "New-DeploymentPlan -Decode 'tp8 attentionOutput=r"; Expected = @("'tp8 attentionOutput=reduceScatter'") }
    ) {
        $offers = Complete $Line
        foreach ($expected in $Expected) { $offers | Should -Contain $expected }
    }

    It 'does not offer an axis twice' {
        Complete "New-DeploymentPlan -Prefill 'pp4 p" | Should -Not -Contain "'pp4 pp2'"
    }

    It 'quotes ids that are no plain words' {
        Set-Content ./odd.dot 'digraph { "two words" -> "it''s" ; "$x" -> "a;b" }'
        $global:oddForCompletion = Import-ParallelDag ./odd.dot
        try {
            $offers = Complete '$oddForCompletion | Get-DagNode -Id '
            $offers | Should -Contain "'two words'"
            $offers | Should -Contain "'it''s'"
            foreach ($offer in $offers) { @(Invoke-Expression "`$oddForCompletion | Get-DagNode -Id $offer").Count | Should -Be 1 }
        }
        finally { Remove-Variable oddForCompletion -Scope Global }
    }

    It 'never fails: <_>' -ForEach @(
        'Get-DagNode -Id ', '$nothing | Get-DagNode -Id x', "'text' | Get-DagNode -Stage ", '42 | Get-DagNode -Id [', 'Get-DagNode -InputObject 3 -Layer ',
        "Get-DagNode -Op '[", 'New-DeploymentPlan -Prefill "', "New-DeploymentPlan -Cluster '999999999999 x ", 'Get-Item . | Get-DagEdge -Target `', 'Test-ParallelDag -Rule *['
    ) {
        $before = $Error.Count
        { Complete $_ } | Should -Not -Throw
        $Error.Count | Should -Be $before
    }
}

Describe 'From nothing to a picture' {
    It 'completion and help lead the way' {
        (Get-Command -Module ParallelDag).Name | Should -Contain 'New-DeploymentPlan'
        (Get-Help New-DeploymentPlan -Examples | Out-String) | Should -Match 'Export-DagSvg'
        Complete 'New-DeploymentPlan ./examples/llm_p' | Should -Match 'llm_parallel.yaml'
        Complete 'Export-Dag' | Should -Contain 'Export-DagSvg'
        Complete 'Export-DagSvg -' | Should -Contain '-Path'
    }
}

Describe 'Many ids' {
    It 'begin with those that begin with the word, however many hold it' {
        $offered = Complete '$dagForCompletion | Get-DagNode -Id d'
        $beginning = @($dagForCompletion.Nodes.Id | Where-Object { $_ -like 'd*' })
        $offered.Count | Should -Be ([Math]::Min(200, $dagForCompletion.NodeCount))
        @($offered | Select-Object -First ([Math]::Min(200, $beginning.Count)) | Where-Object { $_ -notlike 'd*' }) | Should -BeNullOrEmpty
    }
}
